'use strict';

// What the programs of both clients share: running checks, one line of output
// for each ("ok NAME" or "failed NAME: why"), and comparing.

const assert = require('node:assert/strict');

const [host, port, protocol] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

async function run(connect, flush, checks) {
  const client = await connect();
  for (const [name, check] of Object.entries(checks)) {
    try {
      await flush(client);
      await check(client);
      console.log(`ok ${name}`);
    } catch (e) {
      console.log(`failed ${name}: ${String(e.message ?? e).replaceAll('\n', ' ').slice(0, 300)}`);
    }
  }
  process.exit(0); // some clients keep the process alive with their sockets
}

// rejects expects promise to fail with an error that says text.
async function rejects(promise, text) {
  let error;
  try {
    await promise;
  } catch (e) {
    error = e;
  }
  assert.ok(error, `no error that says "${text}"`);
  assert.ok(String(error.message).includes(text), `"${error.message}" does not say "${text}"`);
}

// within tries again until probe holds, for some seconds.
async function within(probe, what) {
  const deadline = Date.now() + 5000;
  while (!(await probe())) {
    assert.ok(Date.now() < deadline, `not in 5 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

// between expects low < n <= high.
function between(n, low, high) {
  assert.ok(n > low && n <= high, `${n} is not between ${low} and ${high}`);
}

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
const big = Buffer.from(Array.from({ length: 512 * 1024 }, (_, i) => (i * 31) % 251));
const scanKeys = Array.from({ length: 3000 }, (_, i) => `scan:${i}`);

module.exports = { assert, between, big, everyByte, host, port, protocol, rejects, run, scanKeys, within };
