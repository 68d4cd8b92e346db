'use strict';

// ioredis at work: ioredis.js HOST PORT PROTOCOL

const { Redis } = require('ioredis');
const { assert, between, big, everyByte, host, port, protocol, rejects, run, scanKeys, within } = require('./checks.js');

const connect = (options) => new Redis({ host, port, protocol, ...options });

const checks = {
  async protocol(c) {
    assert.match(await c.client('INFO'), new RegExp(`\\bresp=${protocol}\\b`));
    const own = connect({ connectionName: 'rig' });
    assert.equal(await own.client('GETNAME'), 'rig');
    own.disconnect();
  },

  async strings(c) {
    assert.equal(await c.set('s', 'hello'), 'OK');
    assert.equal(await c.get('s'), 'hello');
    assert.equal(await c.append('s', ' world'), 11);
    assert.equal(await c.getrange('s', -5, -1), 'world');
    assert.equal(await c.set('s', 'x', 'NX'), null);
    assert.equal(await c.set('s', 'x', 'XX', 'GET'), 'hello world');
    assert.equal(await c.incrby('n', 5), 5);
    assert.equal(await c.decr('n'), 4);
    assert.equal(await c.incrbyfloat('f', 0.5), '0.5');
    assert.deepEqual(await c.mget('s', 'none', 'n'), ['x', null, '4']);
    assert.equal(await c.exists('s', 'none', 'n'), 2);
    assert.equal(await c.del('s', 'n', 'f'), 3);
  },

  async pipeline(c) {
    const pipe = c.pipeline();
    for (let i = 0; i < 1000; i++) pipe.incr('piped');
    pipe.set('text', 'x').incr('text').get('text');
    const replies = await pipe.exec();
    replies.slice(0, 1000).forEach(([error, n], i) => assert.deepEqual([error, n], [null, i + 1]));
    assert.ok(replies[1001][0] instanceof Error);
    assert.deepEqual(replies[1002], [null, 'x']);
  },

  async transaction(c) {
    const replies = await c.multi().set('t', '1').incr('t').get('t').exec();
    assert.deepEqual(replies, [[null, 'OK'], [null, 2], [null, '2']]);
    const own = connect();
    await own.multi({ pipeline: false });
    assert.equal(await own.append('t', 'lost'), 'QUEUED');
    assert.equal(await own.discard(), 'OK');
    assert.equal(await own.get('t'), '2');
    await own.multi({ pipeline: false });
    await rejects(own.call('GET'), 'wrong number of arguments');
    await rejects(own.exec(), 'discarded because of previous errors');
    assert.equal(await own.get('t'), '2');
    own.disconnect();
  },

  async watch(c) {
    const own = connect();
    await c.set('w', '1');
    await own.watch('w');
    await c.set('w', '2');
    assert.equal(await own.multi().set('w', 'lost').exec(), null);
    assert.equal(await c.get('w'), '2');
    await own.watch('w');
    assert.deepEqual(await own.multi().set('w', '3').exec(), [[null, 'OK']]);
    assert.equal(await c.get('w'), '3');
    own.disconnect();
  },

  async scan(c) {
    await c.mset(...scanKeys.flatMap((key) => [key, 'x']));
    for (const [options, want] of [
      [{ match: 'scan:*', count: 100 }, scanKeys],
      [{ match: 'scan:*', count: 500, type: 'string' }, scanKeys],
      [{ match: 'scan:*', type: 'hash' }, []],
    ]) {
      const seen = new Set();
      for await (const keys of c.scanStream(options)) keys.forEach((key) => seen.add(key));
      assert.deepEqual([...seen].sort(), [...want].sort());
    }
  },

  async expiry(c) {
    await c.set('e', 'x', 'PX', 40);
    await within(async () => (await c.get('e')) === null, 'a key that expires');
    await c.set('e', 'x', 'EX', 100);
    between(await c.ttl('e'), 90, 100);
    assert.equal(await c.expire('e', 50, 'GT'), 0);
    assert.equal(await c.pexpire('e', 200000), 1);
    between(await c.pttl('e'), 190000, 200000);
    assert.equal(await c.persist('e'), 1);
    assert.equal(await c.ttl('e'), -1);
    assert.equal(await c.expireat('e', 4000000000), 1);
    assert.equal(await c.expiretime('e'), 4000000000);
    assert.equal(await c.ttl('none'), -2);
  },

  async binary(c) {
    const backwards = Buffer.from(everyByte).reverse();
    await c.set(everyByte, backwards);
    assert.deepEqual(await c.getBuffer(everyByte), backwards);
    await c.set('empty', '');
    assert.equal(await c.get('empty'), '');
    assert.equal(await c.setrange('hole', 3, '\r\n'), 5);
    assert.deepEqual(await c.getBuffer('hole'), Buffer.from('\0\0\0\r\n'));
  },

  async big(c) {
    const keys = ['big:0', 'big:1', 'big:2', 'big:3'];
    await Promise.all(keys.map((key) => c.set(key, big)));
    assert.ok(big.equals(await c.getBuffer(keys[0])));
    for (const value of await c.mgetBuffer(...keys)) assert.ok(big.equals(value));
    const values = await Promise.all(Array.from({ length: 8 }, () => c.getBuffer(keys[1])));
    for (const value of values) assert.ok(big.equals(value));
  },

  async errors(c) {
    await c.set('text', 'x');
    await rejects(c.incr('text'), 'value is not an integer or out of range');
    await rejects(c.call('NOSUCHCOMMAND'), 'unknown command');
    await rejects(c.call('GET'), 'wrong number of arguments');
    assert.equal(await c.get('text'), 'x');
  },

  async concurrent(c) {
    const clients = Array.from({ length: 8 }, () => connect());
    await Promise.all(clients.map(async (own) => {
      for (let i = 0; i < 100; i++) await own.incr('together');
      own.disconnect();
    }));
    assert.equal(await c.get('together'), '800');
  },

  async reconnect(c) {
    const own = connect();
    const before = await own.client('ID');
    const lost = new Promise((resolve) => own.once('close', resolve));
    assert.equal(await c.client('KILL', 'ID', before), 1);
    await lost;
    assert.equal(await own.set('back', 'again'), 'OK');
    assert.equal(await own.get('back'), 'again');
    assert.notEqual(await own.client('ID'), before);
    own.disconnect();
  },
};

run(async () => connect(), (c) => c.flushall(), checks);
