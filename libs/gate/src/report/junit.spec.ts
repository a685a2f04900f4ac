import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJunit } from './junit';

const fixture = (name: string): string => readFileSync(join(__dirname, '../../fixtures', name), 'utf8');

describe('readJunit', () => {
  it('reads what pytest writes', () => {
    expect(readJunit(fixture('pytest.xml'))).toMatchObject({
      tests: { passed: 5, failed: 2, skipped: 2, total: 9 },
      failing: ['test_mixed > test_removes', 'test_mixed > test_error'],
      incomplete: false,
    });
  });

  it('reads what node:test writes', () => {
    expect(readJunit(fixture('node20-junit.xml'))).toMatchObject({
      tests: { passed: 4, failed: 1, skipped: 2, total: 7 },
    });
  });

  it('keeps what came before a document breaks off', () => {
    expect(readJunit('<testsuite><testcase name="a"/><testcase name="b"><fail')).toMatchObject({
      incomplete: true,
      tests: { total: 2 },
    });
  });

  it('is null for XML that is no JUnit, and for no XML', () => {
    expect(readJunit('<html><testcase name="a"/></html>')).toBeNull();
    expect(readJunit('plain text')).toBeNull();
    expect(readJunit('')).toBeNull();
  });

  it('expands no entities', () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) => `<!ENTITY e${level + 1} "${`&e${level};`.repeat(10)}">`,
    ).join('');
    const bomb = `<!DOCTYPE t [<!ENTITY e0 "ha">${levels}<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&e12;"/><testcase name="&x;"/></testsuite>`;
    expect(readJunit(bomb)?.tests.total).toBe(0);
  });

  it('stands any depth', () => {
    const deep = `${'<testsuite>'.repeat(200_000)}<testcase name="a"/>${'</testsuite>'.repeat(200_000)}`;
    expect(readJunit(deep)?.tests).toEqual({ passed: 1, failed: 0, skipped: 0, total: 1 });
  });
});
