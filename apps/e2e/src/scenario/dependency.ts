/** A package that needs an installation, which needs no network. */
export const withDependency = {
  'package.json': JSON.stringify({ name: 'app', version: '1.0.0', dependencies: { dep: 'file:dep' } }),
  'package-lock.json': JSON.stringify({
    ...{ name: 'app', version: '1.0.0', lockfileVersion: 3, requires: true },
    packages: {
      '': { name: 'app', version: '1.0.0', dependencies: { dep: 'file:dep' } },
      dep: { version: '1.0.0' },
      'node_modules/dep': { resolved: 'dep', link: true },
    },
  }),
  'dep/package.json': JSON.stringify({ name: 'dep', version: '1.0.0', main: 'index.js' }),
  '.gitignore': 'node_modules\n',
  'dep/index.js': 'exports.answer = 42;\n',
};

export const installCommand = 'npm ci --offline --no-audit --no-fund';

/** What a step says that installs. */
export const installing = `**Commands**:\n\`\`\`bash\n${installCommand}\n\`\`\`\n`;

/** Passes where the dependency can be used. */
export const installed = `node -e "require('dep')"`;
