import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const server = process.env.BAROGRAPH_URL ?? 'http://localhost:8000';

export default defineConfig({
  plugins: [svelte(), svelteTesting(), themeBeforeFirstPaint(), preloadFirstPage(), licences()],
  server: {
    port: 5173,
    proxy: { '/api': server, '/openapi': server, '/readyz': server, '/ws': { target: server, ws: true } },
  },
  build: {
    outDir: process.env.WEB_OUT ?? '../src/Barograph.Server/wwwroot',
    emptyOutDir: true,
    cssCodeSplit: false, // one small file, linked by the page: nothing waits for a second one
    target: 'es2023',
    assetsInlineLimit: 0, // the page's content security policy knows no data: URLs
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'uplot', test: /node_modules[\\/]uplot/ }] } },
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
      handler(_html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
        const wanted = new Set(chunks.filter((chunk) => chunk.name === 'app').map((chunk) => chunk.fileName));
        for (const name of wanted)
          // grows while it is walked
          for (const chunk of chunks) if (chunk.fileName === name) chunk.imports.forEach((one) => wanted.add(one));
        const entries = chunks.filter((chunk) => chunk.isEntry).map((chunk) => chunk.fileName);
        return [...wanted]
          .filter((name) => !entries.includes(name))
          .map((name) => ({
            tag: 'link',
            attrs: { rel: 'modulepreload', crossorigin: true, href: `/${name}` },
            injectTo: 'head',
          }));
      },
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
