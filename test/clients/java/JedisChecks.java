import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import redis.clients.jedis.AbstractTransaction;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.RedisClient;
import redis.clients.jedis.RedisProtocol;
import redis.clients.jedis.Response;
import redis.clients.jedis.Transaction;
import redis.clients.jedis.args.ExpiryOption;
import redis.clients.jedis.commands.ProtocolCommand;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.params.ClientKillParams;
import redis.clients.jedis.params.ScanParams;
import redis.clients.jedis.params.SetParams;
import redis.clients.jedis.resps.ScanResult;

/** Jedis at work: JedisChecks HOST PORT PROTOCOL. One line a check: "ok NAME" or "failed NAME: why". */
public class JedisChecks {
    interface Check {
        void run(Jedis c) throws Exception;
    }

    static HostAndPort address;
    static DefaultJedisClientConfig config;
    static String protocol;

    static Jedis connect() {
        return new Jedis(address, config);
    }

    static void equal(Object got, Object want) {
        if (!Objects.deepEquals(got, want)) {
            throw new AssertionError("got " + got + ", want " + want);
        }
    }

    static void between(long n, long low, long high) {
        if (n <= low || n > high) {
            throw new AssertionError(n + " is not between " + low + " and " + high);
        }
    }

    static void fails(String text, Runnable call) {
        try {
            call.run();
        } catch (JedisDataException e) {
            if (!e.getMessage().contains(text)) {
                throw new AssertionError(e.getMessage() + " does not say " + text);
            }
            return;
        }
        throw new AssertionError("no error that says " + text);
    }

    static ProtocolCommand word(String name) {
        return () -> name.getBytes(StandardCharsets.UTF_8);
    }

    static void protocol(Jedis c) {
        if (!Arrays.asList(c.clientInfo().trim().split(" ")).contains("resp=" + protocol)) {
            throw new AssertionError("CLIENT INFO says " + c.clientInfo());
        }
        equal(c.clientSetname("rig"), "OK");
        equal(c.clientGetname(), "rig");
    }

    static void strings(Jedis c) {
        equal(c.set("s", "hello"), "OK");
        equal(c.get("s"), "hello");
        equal(c.append("s", " world"), 11L);
        equal(c.getrange("s", -5, -1), "world");
        equal(c.set("s", "x", SetParams.setParams().nx()), null);
        equal(c.setGet("s", "x", SetParams.setParams().xx()), "hello world");
        equal(c.incrBy("n", 5), 5L);
        equal(c.decr("n"), 4L);
        equal(c.incrByFloat("f", 0.5), 0.5);
        equal(c.mget("s", "none", "n"), Arrays.asList("x", null, "4"));
        equal(c.exists("s", "none", "n"), 2L);
        equal(c.del("s", "n", "f"), 3L);
    }

    static void pipeline(Jedis c) {
        Pipeline pipe = c.pipelined();
        List<Response<Long>> numbers = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            numbers.add(pipe.incr("piped"));
        }
        pipe.set("text", "x");
        Response<Long> failed = pipe.incr("text");
        Response<String> text = pipe.get("text");
        pipe.sync();
        for (int i = 0; i < 1000; i++) {
            equal(numbers.get(i).get(), i + 1L);
        }
        fails("not an integer", failed::get);
        equal(text.get(), "x");
    }

    static void transaction(Jedis c) {
        Transaction t = c.multi();
        t.set("t", "1");
        t.incr("t");
        t.get("t");
        equal(t.exec(), List.of("OK", 2L, "2"));
        t = c.multi();
        t.append("t", "lost");
        equal(t.discard(), "OK");
        equal(c.get("t"), "2");
        try (Jedis own = connect()) {
            own.sendCommand(word("MULTI"));
            fails("wrong number of arguments", () -> own.sendCommand(word("GET")));
            fails("discarded because of previous errors", () -> own.sendCommand(word("EXEC")));
            equal(own.get("t"), "2");
        }
    }

    static void watch(Jedis c) {
        try (Jedis own = connect()) {
            c.set("w", "1");
            own.watch("w");
            c.set("w", "2");
            AbstractTransaction t = own.multi();
            t.set("w", "lost");
            equal(t.exec(), null);
            equal(c.get("w"), "2");
            own.watch("w");
            t = own.multi();
            t.set("w", "3");
            equal(t.exec(), List.of("OK"));
            equal(c.get("w"), "3");
        }
    }

    static Set<String> scanned(Jedis c, ScanParams params, String type) {
        Set<String> seen = new TreeSet<>();
        String cursor = ScanParams.SCAN_POINTER_START;
        do {
            ScanResult<String> page = type == null ? c.scan(cursor, params) : c.scan(cursor, params, type);
            seen.addAll(page.getResult());
            cursor = page.getCursor();
        } while (!cursor.equals(ScanParams.SCAN_POINTER_START));
        return seen;
    }

    static void scan(Jedis c) {
        Set<String> want = new TreeSet<>();
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            want.add("scan:" + i);
            pairs.addAll(List.of("scan:" + i, "x"));
        }
        c.mset(pairs.toArray(new String[0]));
        ScanParams match = new ScanParams().match("scan:*");
        equal(scanned(c, new ScanParams().match("scan:*").count(100), null), want);
        equal(scanned(c, new ScanParams().match("scan:*").count(500), "string"), want);
        equal(scanned(c, match, "hash"), Set.of());
    }

    static void expiry(Jedis c) throws InterruptedException {
        c.set("e", "x", SetParams.setParams().px(40));
        long deadline = System.nanoTime() + 5_000_000_000L;
        while (c.get("e") != null) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("a key outlives its 40 ms by far");
            }
            Thread.sleep(5);
        }
        c.set("e", "x", SetParams.setParams().ex(100));
        between(c.ttl("e"), 90, 100);
        equal(c.expire("e", 50, ExpiryOption.GT), 0L);
        equal(c.pexpire("e", 200_000), 1L);
        between(c.pttl("e"), 190_000, 200_000);
        equal(c.persist("e"), 1L);
        equal(c.ttl("e"), -1L);
        equal(c.expireAt("e", 4_000_000_000L), 1L);
        equal(c.expireTime("e"), 4_000_000_000L);
        equal(c.ttl("none"), -2L);
    }

    static void binary(Jedis c) {
        byte[] every = new byte[256];
        byte[] backwards = new byte[256];
        for (int i = 0; i < 256; i++) {
            every[i] = (byte) i;
            backwards[255 - i] = (byte) i;
        }
        equal(c.set(every, backwards), "OK");
        equal(c.get(every), backwards);
        equal(c.set("empty", ""), "OK");
        equal(c.get("empty"), "");
        equal(c.setrange("hole", 3, "\r\n"), 5L);
        equal(c.get("hole".getBytes()), new byte[] {0, 0, 0, '\r', '\n'});
    }

    static void big(Jedis c) {
        byte[] big = new byte[512 * 1024];
        for (int i = 0; i < big.length; i++) {
            big[i] = (byte) (i * 31 % 251);
        }
        byte[][] keys = new byte[4][];
        for (int i = 0; i < 4; i++) {
            keys[i] = ("big:" + i).getBytes();
            c.set(keys[i], big);
        }
        equal(Arrays.equals(c.get(keys[0]), big), true);
        for (byte[] value : c.mget(keys)) {
            equal(Arrays.equals(value, big), true);
        }
        Pipeline pipe = c.pipelined();
        List<Response<byte[]>> values = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            values.add(pipe.get(keys[1]));
        }
        pipe.sync();
        for (Response<byte[]> value : values) {
            equal(Arrays.equals(value.get(), big), true);
        }
    }

    static void errors(Jedis c) {
        c.set("text", "x");
        fails("value is not an integer or out of range", () -> c.incr("text"));
        fails("unknown command", () -> c.sendCommand(word("NOSUCHCOMMAND")));
        fails("wrong number of arguments", () -> c.sendCommand(word("GET")));
        equal(c.get("text"), "x");
    }

    static void concurrent(Jedis c) throws Exception {
        ExecutorService workers = Executors.newFixedThreadPool(8);
        try (RedisClient pool = RedisClient.builder().hostAndPort(address).clientConfig(config).build()) {
            List<Future<?>> all = new ArrayList<>();
            for (int w = 0; w < 8; w++) {
                all.add(workers.submit(() -> {
                    for (int i = 0; i < 100; i++) {
                        pool.incr("together");
                    }
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            workers.shutdown();
        }
        equal(c.get("together"), "800");
    }

    /** Jedis reports the lost connection once, and dials anew for the next command. */
    static void reconnect(Jedis c) {
        try (Jedis own = connect()) {
            long before = own.clientId();
            equal(c.clientKill(ClientKillParams.clientKillParams().id(String.valueOf(before))), 1L);
            try {
                own.ping();
            } catch (JedisConnectionException e) {
                own.disconnect();
            }
            equal(own.set("back", "again"), "OK");
            equal(own.get("back"), "again");
            equal(own.clientId() == before, false);
        }
    }

    public static void main(String[] args) {
        address = new HostAndPort(args[0], Integer.parseInt(args[1]));
        protocol = args[2];
        config = DefaultJedisClientConfig.builder()
                .protocol(protocol.equals("3") ? RedisProtocol.RESP3 : RedisProtocol.RESP2).build();
        Map<String, Check> checks = new LinkedHashMap<>();
        checks.put("protocol", JedisChecks::protocol);
        checks.put("strings", JedisChecks::strings);
        checks.put("pipeline", JedisChecks::pipeline);
        checks.put("transaction", JedisChecks::transaction);
        checks.put("watch", JedisChecks::watch);
        checks.put("scan", JedisChecks::scan);
        checks.put("expiry", JedisChecks::expiry);
        checks.put("binary", JedisChecks::binary);
        checks.put("big", JedisChecks::big);
        checks.put("errors", JedisChecks::errors);
        checks.put("concurrent", JedisChecks::concurrent);
        checks.put("reconnect", JedisChecks::reconnect);
        checks.forEach((name, check) -> {
            try (Jedis c = connect()) {
                c.flushAll();
                check.run(c);
                System.out.println("ok " + name);
            } catch (Exception | AssertionError e) {
                System.out.println(("failed " + name + ": " + e).replace('\n', ' '));
            }
        });
    }
}
