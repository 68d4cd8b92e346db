'use strict';

// node-redis at work: node_redis.js HOST PORT PROTOCOL

const { createClient, RESP_TYPES, WatchError } = require('redis');
const { assert, between, big, everyByte, host, port, protocol, rejects, run, scanKeys, within } = require('./checks.js');

async function connect(options) {
  const client = createClient({ socket: { host, port }, RESP: protocol, ...options });
  client.on('error', () => {}); // a lost connection; the client mends it by itself
  return client.connect();
}

const binary = (client) => client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });

const checks = {
  async protocol(c) {
    assert.match(await c.sendCommand(['CLIENT', 'INFO']), new RegExp(`\\bresp=${protocol}\\b`));
    const own = await connect({ name: 'rig' });
    assert.equal(await own.clientGetName(), 'rig');
    own.destroy();
  },

  async strings(c) {
    assert.equal(await c.set('s', 'hello'), 'OK');
    assert.equal(await c.get('s'), 'hello');
    assert.equal(await c.append('s', ' world'), 11);
    assert.equal(await c.getRange('s', -5, -1), 'world');
    assert.equal(await c.set('s', 'x', { condition: 'NX' }), null);
    assert.equal(await c.set('s', 'x', { condition: 'XX', GET: true }), 'hello world');
    assert.equal(await c.incrBy('n', 5), 5);
    assert.equal(await c.decr('n'), 4);
    assert.equal(await c.incrByFloat('f', 0.5), '0.5');
    assert.deepEqual(await c.mGet(['s', 'none', 'n']), ['x', null, '4']);
    assert.equal(await c.exists(['s', 'none', 'n']), 2);
    assert.equal(await c.del(['s', 'n', 'f']), 3);
  },

  async pipeline(c) {
    const numbers = Array.from({ length: 1000 }, () => c.incr('piped'));
    const others = Promise.allSettled([c.set('text', 'x'), c.incr('text'), c.get('text')]);
    (await Promise.all(numbers)).forEach((n, i) => assert.equal(n, i + 1));
    const [, failed, text] = await others;
    assert.equal(failed.status, 'rejected');
    assert.equal(text.value, 'x');
  },

  async transaction(c) {
    assert.deepEqual(await c.multi().set('t', '1').incr('t').get('t').exec(), ['OK', 2, '2']);
    const own = await connect();
    await own.sendCommand(['MULTI']);
    assert.equal(await own.sendCommand(['APPEND', 't', 'lost']), 'QUEUED');
    assert.equal(await own.sendCommand(['DISCARD']), 'OK');
    assert.equal(await own.get('t'), '2');
    await own.sendCommand(['MULTI']);
    await rejects(own.sendCommand(['GET']), 'wrong number of arguments');
    await rejects(own.sendCommand(['EXEC']), 'discarded because of previous errors');
    assert.equal(await own.get('t'), '2');
    own.destroy();
  },

  async watch(c) {
    const own = await connect();
    await c.set('w', '1');
    await own.watch('w');
    await c.set('w', '2');
    await assert.rejects(own.multi().set('w', 'lost').exec(), WatchError);
    assert.equal(await c.get('w'), '2');
    await own.watch('w');
    assert.deepEqual(await own.multi().set('w', '3').exec(), ['OK']);
    assert.equal(await c.get('w'), '3');
    own.destroy();
  },

  async scan(c) {
    await c.mSet(scanKeys.map((key) => [key, 'x']));
    for (const [options, want] of [
      [{ MATCH: 'scan:*', COUNT: 100 }, scanKeys],
      [{ MATCH: 'scan:*', COUNT: 500, TYPE: 'string' }, scanKeys],
      [{ MATCH: 'scan:*', TYPE: 'hash' }, []],
    ]) {
      const seen = new Set();
      for await (const keys of c.scanIterator(options)) keys.forEach((key) => seen.add(key));
      assert.deepEqual([...seen].sort(), [...want].sort());
    }
  },

  async expiry(c) {
    await c.set('e', 'x', { expiration: { type: 'PX', value: 40 } });
    await within(async () => (await c.get('e')) === null, 'a key that expires');
    await c.set('e', 'x', { expiration: { type: 'EX', value: 100 } });
    between(await c.ttl('e'), 90, 100);
    assert.equal(await c.expire('e', 50, 'GT'), 0);
    assert.equal(await c.pExpire('e', 200000), 1);
    between(await c.pTTL('e'), 190000, 200000);
    assert.equal(await c.persist('e'), 1);
    assert.equal(await c.ttl('e'), -1);
    assert.equal(await c.expireAt('e', 4000000000), 1);
    assert.equal(await c.expireTime('e'), 4000000000);
    assert.equal(await c.ttl('none'), -2);
  },

  async binary(c) {
    const backwards = Buffer.from(everyByte).reverse();
    await c.set(everyByte, backwards);
    assert.deepEqual(await binary(c).get(everyByte), backwards);
    await c.set('empty', '');
    assert.equal(await c.get('empty'), '');
    assert.equal(await c.setRange('hole', 3, '\r\n'), 5);
    assert.deepEqual(await binary(c).get('hole'), Buffer.from('\0\0\0\r\n'));
  },

  async big(c) {
    const keys = ['big:0', 'big:1', 'big:2', 'big:3'];
    await Promise.all(keys.map((key) => c.set(key, big)));
    assert.ok(big.equals(await binary(c).get(keys[0])));
    for (const value of await binary(c).mGet(keys)) assert.ok(big.equals(value));
    const values = await Promise.all(Array.from({ length: 8 }, () => binary(c).get(keys[1])));
    for (const value of values) assert.ok(big.equals(value));
  },

  async errors(c) {
    await c.set('text', 'x');
    await rejects(c.incr('text'), 'value is not an integer or out of range');
    await rejects(c.sendCommand(['NOSUCHCOMMAND']), 'unknown command');
    await rejects(c.sendCommand(['GET']), 'wrong number of arguments');
    assert.equal(await c.get('text'), 'x');
  },

  async concurrent(c) {
    const clients = await Promise.all(Array.from({ length: 8 }, () => connect()));
    await Promise.all(clients.map(async (own) => {
      for (let i = 0; i < 100; i++) await own.incr('together');
      own.destroy();
    }));
    assert.equal(await c.get('together'), '800');
  },

  async reconnect(c) {
    const own = await connect();
    const before = await own.clientId();
    const lost = new Promise((resolve) => own.once('reconnecting', resolve));
    assert.equal(await c.sendCommand(['CLIENT', 'KILL', 'ID', String(before)]), 1);
    await lost;
    assert.equal(await own.set('back', 'again'), 'OK');
    assert.equal(await own.get('back'), 'again');
    assert.notEqual(await own.clientId(), before);
    own.destroy();
  },
};

run(connect, (c) => c.flushAll(), checks);
