import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

// The page that the browser benchmark measures drawing with; it is not part of the product.
export default defineConfig({
  root: import.meta.dirname,
  base: '/bench/',
  plugins: [svelte()],
  build: { outDir: process.env.BENCH_OUT ?? '../../artifacts/bench-page', emptyOutDir: true, target: 'es2023' },
});
