// Bundles src/<component>.js into built/<component>.js, on Dash's own React. `node build.mjs OUT` builds elsewhere (CI compares).
import { build } from 'esbuild';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ? path.resolve(process.argv[2]) : path.join(here, 'built');
const shim = (name) => path.join(here, 'src', 'shims', name);

const common = {
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2020',
  legalComments: 'inline',
  logLevel: 'error',
  absWorkingDir: here,
  define: { 'process.env.NODE_ENV': '"production"' },
  alias: {
    'react/jsx-runtime': shim('jsx-runtime.cjs'),
    'react-dom': shim('react-dom.cjs'),
    react: shim('react.cjs'),
  },
};

for (const name of ['gallery', 'strips', 'morphospace', 'tree']) {
  if (!fs.existsSync(path.join(here, 'src', `${name}.js`))) continue;
  await build({
    ...common,
    stdin: {
      contents: `import * as made from './${name}.js';
        window.morphoexplore_components = Object.assign(window.morphoexplore_components || {}, made.components);`,
      resolveDir: path.join(here, 'src'),
    },
    outfile: path.join(out, `${name}.js`),
  });
}
const css = fs.readdirSync(path.join(here, 'src')).filter((file) => file.endsWith('.css')).sort();
await build({
  ...common,
  stdin: { contents: css.map((file) => `@import './${file}';`).join('\n'), resolveDir: path.join(here, 'src'), loader: 'css' },
  outfile: path.join(out, 'components.css'),
});
