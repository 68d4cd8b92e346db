"""redis-py at work: redis_py.py HOST PORT PROTOCOL

Prints one line for each check: "ok NAME" or "failed NAME: why". The checks are
the same for every client; doc.go says what each of them means.
"""
import sys
import threading
import time

import redis

HOST, PORT, PROTOCOL = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])


def connect(**options):
    return redis.Redis(host=HOST, port=PORT, protocol=PROTOCOL, **options)


def equal(got, want):
    if got != want:
        raise AssertionError(f"got {got!r:.200}, want {want!r:.200}")


def raises(kind, text, call):
    try:
        call()
    except kind as e:
        if text not in str(e):
            raise AssertionError(f"{e!r} does not say {text!r}") from e
        return
    raise AssertionError(f"no {kind.__name__}")


def check_protocol(c):
    with connect(single_connection_client=True, decode_responses=True) as own:
        equal(own.client_info()["resp"], str(PROTOCOL))
        equal(own.client_setname("rig"), True)
        equal(own.client_getname(), "rig")


def check_strings(c):
    equal(c.set("s", "hello"), True)
    equal(c.get("s"), b"hello")
    equal(c.append("s", " world"), 11)
    equal(c.getrange("s", -5, -1), b"world")
    equal(c.set("s", "x", nx=True), None)
    equal(c.set("s", "x", xx=True, get=True), b"hello world")
    equal(c.incrby("n", 5), 5)
    equal(c.decr("n"), 4)
    equal(c.incrbyfloat("f", 0.5), 0.5)
    equal(c.mget("s", "none", "n"), [b"x", None, b"4"])
    equal(c.exists("s", "none", "n"), 2)
    equal(c.delete("s", "n", "f"), 3)


def check_pipeline(c):
    pipe = c.pipeline(transaction=False)
    for _ in range(1000):
        pipe.incr("piped")
    pipe.set("text", "x").incr("text").get("text")
    replies = pipe.execute(raise_on_error=False)
    equal(replies[:1001], list(range(1, 1001)) + [True])
    equal(isinstance(replies[1001], redis.ResponseError), True)
    equal(replies[1002], b"x")


def check_transaction(c):
    pipe = c.pipeline(transaction=True)
    equal(pipe.set("t", "1").incr("t").get("t").execute(), [True, 2, b"2"])
    own = connect(single_connection_client=True)
    equal(own.execute_command("MULTI"), b"OK")
    equal(own.execute_command("APPEND", "t", "lost"), b"QUEUED")
    equal(own.execute_command("DISCARD"), b"OK")
    equal(own.get("t"), b"2")
    own.execute_command("MULTI")
    raises(redis.ResponseError, "wrong number of arguments", lambda: own.execute_command("GET"))
    raises(redis.ResponseError, "discarded because of previous errors", lambda: own.execute_command("EXEC"))
    equal(own.get("t"), b"2")
    own.close()


def check_watch(c):
    c.set("w", "1")
    with c.pipeline() as pipe:
        pipe.watch("w")
        c.set("w", "2")
        pipe.multi()
        pipe.set("w", "lost")
        raises(redis.WatchError, "", pipe.execute)
    equal(c.get("w"), b"2")
    with c.pipeline() as pipe:
        pipe.watch("w")
        equal(pipe.get("w"), b"2")
        pipe.multi()
        pipe.set("w", "3")
        equal(pipe.execute(), [True])
    equal(c.get("w"), b"3")


def check_scan(c):
    want = {b"scan:%d" % i for i in range(3000)}
    c.mset({key: "x" for key in want})
    equal(set(c.scan_iter(match="scan:*", count=100)), want)
    equal(set(c.scan_iter(match="scan:*", count=500, _type="string")), want)
    equal(set(c.scan_iter(match="scan:*", _type="hash")), set())


def check_expiry(c):
    c.set("e", "x", px=40)
    deadline = time.monotonic() + 5
    while c.get("e") is not None:
        if time.monotonic() > deadline:
            raise AssertionError("a key outlives its 40 ms by far")
        time.sleep(0.005)
    c.set("e", "x", ex=100)
    equal(90 < c.ttl("e") <= 100, True)
    equal(c.expire("e", 50, gt=True), False)
    equal(c.pexpire("e", 200_000), True)
    equal(190_000 < c.pttl("e") <= 200_000, True)
    equal(c.persist("e"), True)
    equal(c.ttl("e"), -1)
    equal(c.expireat("e", 4_000_000_000), True)
    equal(c.expiretime("e"), 4_000_000_000)
    equal(c.ttl("none"), -2)


def check_binary(c):
    every = bytes(range(256))
    equal(c.set(every, every[::-1]), True)
    equal(c.get(every), every[::-1])
    equal(c.set(b"empty", b""), True)
    equal(c.get(b"empty"), b"")
    equal(c.setrange(b"hole", 3, b"\r\n"), 5)
    equal(c.get(b"hole"), b"\0\0\0\r\n")


def check_big(c):
    big = bytes(i * 31 % 251 for i in range(512 * 1024))
    for i in range(4):
        c.set(f"big:{i}", big)
    equal(c.get("big:0"), big)
    equal(c.mget(f"big:{i}" for i in range(4)), [big] * 4)
    pipe = c.pipeline(transaction=False)
    for _ in range(8):
        pipe.get("big:1")
    equal(pipe.execute(), [big] * 8)


def check_errors(c):
    c.set("text", "x")
    raises(redis.ResponseError, "value is not an integer or out of range", lambda: c.incr("text"))
    raises(redis.ResponseError, "unknown command", lambda: c.execute_command("NOSUCHCOMMAND"))
    raises(redis.ResponseError, "wrong number of arguments", lambda: c.execute_command("GET"))
    equal(c.get("text"), b"x")


def check_concurrent(c):
    failures = []

    def work():
        try:
            for _ in range(100):
                c.incr("together")
        except redis.RedisError as e:
            failures.append(e)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(failures, [])
    equal(c.get("together"), b"800")


def check_reconnect(c):
    own = connect(single_connection_client=True)
    before = own.client_id()
    equal(c.client_kill_filter(_id=str(before)), 1)
    equal(own.set("back", "again"), True)
    equal(own.get("back"), b"again")
    equal(own.client_id() != before, True)
    own.close()


def main():
    c = connect()
    for name, check in list(globals().items()):
        if not name.startswith("check_"):
            continue
        name = name.removeprefix("check_")
        try:
            c.flushall()
            check(c)
            print("ok", name)
        except Exception as e:  # whatever it is, the other checks go on
            print(f"failed {name}: {type(e).__name__}: {e}".replace("\n", " "))


main()
