/** The icons of lucide, inlined so that a page needs no request for them. */
import { readFileSync } from 'node:fs';
import { packageFile } from './files.js';

const cache = new Map<string, string>();

/** The SVG of an icon, as decoration: what it means stands beside it in words. */
export function icon(name: string): string {
  let svg = cache.get(name);
  if (svg === undefined) {
    svg = read(name);
    cache.set(name, svg);
  }
  return svg;
}

function read(name: string): string {
  if (!/^[a-z0-9-]+$/.test(name)) throw new Error(`"${name}" is not the name of an icon`);
  const source = readFileSync(packageFile(`lucide-static/icons/${name}.svg`), 'utf8');
  const shapes = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(source)?.[1];
  if (shapes === undefined) throw new Error(`The icon "${name}" holds no SVG`);
  const compact = shapes.replace(/\s*\n\s*/g, '').replace(/ \/>/g, '/>');
  return (
    '<svg class="icon" viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="2" ' +
    `stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">${compact}</svg>`
  );
}
