import { findAuthorRoot, relativeCommand, relativePath } from './author-root';

describe("the author's own folder", () => {
  it('is what every absolute cd has in common', () => {
    expect(findAuthorRoot('cd /Users/x/shop/api && a\ncd /Users/x/shop/web && b', [])).toBe('/Users/x/shop');
    expect(findAuthorRoot('cd "/Users/x/My Shop" && a', [])).toBe('/Users/x/My Shop');
    expect(findAuthorRoot('cd C:\\Users\\x\\shop && npm test', [])).toBe('C:/Users/x/shop');
    expect(findAuthorRoot('cd ~/dev/shop && make', [])).toBe('~/dev/shop');
  });

  it('is found from files alone, by a relative path of the plan or by the folders that projects have', () => {
    expect(findAuthorRoot('Edit `/Users/x/shop/lib/deep/a.rb`', ['lib/deep/a.rb'])).toBe('/Users/x/shop');
    expect(findAuthorRoot('Edit `/home/x/shop/src/a.ts`', [])).toBe('/home/x/shop');
  });

  it('is nothing that every machine has', () => {
    expect(findAuthorRoot('cd /tmp/x && a; cd /etc && b; see /usr/bin/env', [])).toBeNull();
    expect(findAuthorRoot('cd /Users/x && a', [])).toBeNull();
    expect(findAuthorRoot('https://host/home/x/y/z.ts', [])).toBeNull();
  });

  it('disappears from scripts', () => {
    const root = '/Users/x/shop';
    expect(relativeCommand('cd /Users/x/shop && npm test', root)).toBe('npm test');
    expect(relativeCommand('cd /Users/x/shop\nnpm test', root)).toBe('npm test');
    expect(relativeCommand('cd "/Users/x/shop"; npm test /Users/x/shop/test/a.js', root)).toBe('npm test test/a.js');
    expect(relativeCommand('cd /Users/x/shop/api && npm test', root)).toBe('cd api && npm test');
    expect(relativeCommand('cd /Users/x/shop2 && npm test', root)).toBe('cd /Users/x/shop2 && npm test');
    expect(relativeCommand('cd C:\\w\\shop && npm test', 'C:/w/shop')).toBe('npm test');
  });

  it('leaves an anchor in scripts that go to several folders', () => {
    expect(relativeCommand('cd /Users/x/shop/api && a\ncd /Users/x/shop/web && b', '/Users/x/shop')).toBe(
      'workspace=$PWD\ncd "$workspace/api" && a\ncd "$workspace/web" && b',
    );
  });

  it('disappears from paths, and a lone leading slash stands for the project', () => {
    expect(relativePath('/Users/x/shop/src/a.ts', '/Users/x/shop')).toBe('src/a.ts');
    expect(relativePath('C:\\w\\shop\\src\\a.ts', 'C:/w/shop')).toBe('src/a.ts');
    expect(relativePath('/server/src/a.ts', null)).toBe('server/src/a.ts');
    expect(relativePath('/etc/hosts', null)).toBe('/etc/hosts');
  });
});
