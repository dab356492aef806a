import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const server = process.env.BAROGRAPH_URL ?? 'http://localhost:8000';

export default defineConfig({
  plugins: [svelte(), svelteTesting(), themeBeforeFirstPaint(), preloadFirstPage(), withoutLanguageData(), licences()],
  server: {
    port: 5173,
    proxy: { '/api': server, '/openapi': server, '/readyz': server, '/ws': { target: server, ws: true } },
  },
  build: {
    outDir: process.env.WEB_OUT ?? '../src/Barograph.Server/wwwroot',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0, // the page's content security policy knows no data: URLs
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // All that the first page consists of comes in two files, however many later pages share parts of it.
      output: {
        codeSplitting: {
          groups: [
            { name: 'main', test: /src[\\/]main\.ts$/, priority: 2 },
            { name: 'app', test: /src[\\/]app\.ts$/, priority: 1 },
          ],
        },
      },
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
    env: { TZ: 'UTC' },
  },
});

/**
 * Sets the colour theme by a classic script in the head: a module runs too late, and the page would flash; an inline
 * script would break the content security policy.
 */
function themeBeforeFirstPaint(): Plugin {
  const source = readFileSync(new URL('./src/boot/theme.js', import.meta.url), 'utf8');
  const fileName = `assets/theme-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.js`;
  let building = false;
  return {
    name: 'barograph:theme',
    configResolved: (config) => void (building = config.command === 'build'),
    generateBundle() {
      this.emitFile({ type: 'asset', fileName, source });
    },
    transformIndexHtml: () => [
      { tag: 'script', attrs: { src: building ? `/${fileName}` : '/src/boot/theme.js' }, injectTo: 'head-prepend' },
    ],
  };
}

/** The entry opens the socket and imports the app; these hints make the browser fetch all the app consists of at once. */
function preloadFirstPage(): Plugin {
  return {
    name: 'barograph:preload',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
        const wanted = new Set(chunks.filter((chunk) => chunk.name === 'app').map((chunk) => chunk.fileName));
        for (const name of wanted)
          // grows while it is walked
          for (const chunk of chunks) if (chunk.fileName === name) chunk.imports.forEach((one) => wanted.add(one));
        const link = (rel: string, name: string) =>
          ({ tag: 'link', attrs: { rel, crossorigin: true, href: `/${name}` }, injectTo: 'head' }) as const;
        const styles = chunks.flatMap((chunk) =>
          wanted.has(chunk.fileName) ? [...(chunk.viteMetadata?.importedCss ?? [])] : [],
        );
        return [
          ...styles.map((name) => link('stylesheet', name)),
          ...[...wanted].filter((name) => !html.includes(name)).map((name) => link('modulepreload', name)),
        ];
      },
    },
  };
}

/**
 * uPlot asks for the language's number format and time zone when its module is read, for things that are not used here.
 * The first question of that kind costs 20 ms (it loads the language's data), which would be in front of the first chart.
 */
function withoutLanguageData(): Plugin {
  const unused = [
    ["new Intl.NumberFormat(domEnv ? nav.language : 'en-US')", '{ format: String }'],
    ['new Intl.DateTimeFormat().resolvedOptions().timeZone', "''"],
  ];
  return {
    name: 'barograph:without-language-data',
    transform(code, id) {
      if (!id.includes('/uPlot.esm.js')) return null;
      for (const [what, instead] of unused) {
        if (code.split(what).length !== 2) throw new Error(`uPlot has no "${what}" any more: see withoutLanguageData.`);
        code = code.replace(what, instead);
      }
      return { code, map: null };
    },
  };
}

/** The licences of everything that is in the build, in one file beside it: they ask to be passed on with the code. */
function licences(): Plugin {
  return {
    name: 'barograph:licences',
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
      const packages = modules.flatMap((id) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1] ?? []);
      // A font comes by the style sheet, which is no module of a chunk.
      const texts = [...new Set([...packages, '@fontsource-variable/inter'])].sort().map((name) => {
        const folder = new URL(`./node_modules/${name}/`, import.meta.url);
        const { version, license } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
        const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
        if (!file) throw new Error(`${name} has no licence file: look for one by hand.`);
        return `${name} ${version} (${license})\n\n${readFileSync(new URL(file, folder), 'utf8').trim()}\n`;
      });
      this.emitFile({ type: 'asset', fileName: 'licences.txt', source: texts.join(`\n${'-'.repeat(80)}\n\n`) });
    },
  };
}
