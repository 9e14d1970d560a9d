/** QR codes, for pages to draw. */
import { create } from 'qrcode';

/** `<svg viewBox="0 0 size size"><path d=path>`, with the quiet zone inside. */
export interface QrCode {
  readonly size: number;
  readonly path: string;
}

const quietModules = 4;

/** The QR code as one path of an SVG, a unit a module, with the quiet zone around it. */
export function qrCode(text: string): QrCode {
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  const { size, data } = modules;
  const runs: string[] = [];
  for (let y = 0; y < size; y += 1)
    for (let x = 0; x < size;) {
      const from = x;
      while (x < size && data[y * size + x] === 1) x += 1;
      if (x > from) runs.push(`M${from + quietModules} ${y + quietModules}h${x - from}v1h-${x - from}z`);
      else x += 1;
    }
  return { size: size + 2 * quietModules, path: runs.join('') };
}
