/** The repository that the demo's plan is for: small, with tests that pass, and nothing to install. */
export const shopFiles: Readonly<Record<string, string>> = {
  'README.md': '# Shop\n\nCarts for a small shop. `node --test` runs the tests.\n',
  'package.json': `${JSON.stringify({ name: 'shop', version: '1.0.0', private: true, scripts: { test: 'node --test' } }, null, 2)}\n`,
  'src/cart.js': `'use strict';

/** A cart with one more position: \`{ name, kind, cents, count }\`. */
function add(cart, position) {
  if (!Number.isInteger(position.cents) || position.cents < 0) throw new TypeError('A price is a whole number of cents');
  return [...cart, position];
}

/** What the positions cost together, in cents. */
const netOf = (cart) => cart.reduce((sum, { cents, count }) => sum + cents * count, 0);

module.exports = { add, netOf };
`,
  'tests/cart.test.js': `'use strict';
const test = require('node:test');
const assert = require('node:assert');
const { add, netOf } = require('../src/cart');

const novel = { name: 'A novel', kind: 'book', cents: 1250, count: 2 };

test('an empty cart costs nothing', () => assert.strictEqual(netOf([]), 0));
test('positions add up', () => assert.strictEqual(netOf(add(add([], novel), novel)), 5000));
test('a price is whole cents', () => assert.throws(() => add([], { ...novel, cents: 0.5 }), TypeError));
`,
};
