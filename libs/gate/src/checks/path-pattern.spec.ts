import fc from 'fast-check';
import { matchesPath } from './path-pattern';

describe('matchesPath', () => {
  it.each([
    ['src/cart.ts', 'src/cart.ts'],
    ['./src/cart.ts', 'src/cart.ts'],
    ['src/', 'src/deep/cart.ts'],
    ['src', 'src/cart.ts'],
    ['tests/test_[name]_*.py', 'tests/test_cart_totals.py'],
    ['PoC/stepN_*.py', 'PoC/step12_load.py'],
    ['tests/test_step1_<description>.py', 'tests/test_step1_load.py'],
    ['docs/{name}-results.md', 'docs/cart-results.md'],
    ['src/**/*.ts', 'src/a/b/c.ts'],
    ['src/**/*.ts', 'src/c.ts'],
    ['**/cart.ts', 'cart.ts'],
    ['src/{cart,price}.ts', 'src/price.ts'],
    ['app/[id]/page.tsx', 'app/[id]/page.tsx'],
    ['src/a?.ts', 'src/ab.ts'],
  ])('%s means %s', (declared, path) => {
    expect(matchesPath(declared, path)).toBe(true);
  });

  it.each([
    ['src/cart.ts', 'src/cart.tsx'],
    ['src', 'source/cart.ts'],
    ['src/*.ts', 'src/deep/cart.ts'],
    ['tests/test_[name].py', 'tests/deep/test_cart.py'],
    ['src/{cart,price}.ts', 'src/other.ts'],
    ['', 'src/cart.ts'],
    ['a.b', 'axb'],
  ])('%s does not mean %s', (declared, path) => {
    expect(matchesPath(declared, path)).toBe(false);
  });

  it('means itself, whatever the path', () => {
    const word = fc.stringMatching(/^[\w.[\]{}<>*-]{1,12}$/).filter((text) => !/^\.+$/.test(text));
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (parts) =>
        expect(matchesPath(parts.join('/'), parts.join('/'))).toBe(true),
      ),
    );
  });

  it('stands patterns made to be slow', () => {
    const started = performance.now();
    expect(matchesPath('*a'.repeat(400), 'a'.repeat(3_000) + 'b')).toBe(false);
    expect(matchesPath('{a,b}'.repeat(150), 'c')).toBe(false);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
