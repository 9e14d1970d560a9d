/** Names of files in an archive that every system can unpack: what people and clients named them, as far as that goes. */

const longest = 80;
/** Systems take 255 bytes of UTF-8; a number and an extension may follow. */
const mostBytes = 220;
/** What Windows takes for devices, whatever follows a dot. */
const devices = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

/** One segment of a path, or `fallback` where nothing is left of it. Never `..`, never with a slash, a colon or a control character. */
export function fileName(wanted: string, fallback: string): string {
  const name = beginningOf(
    wanted
      .normalize('NFC')
      .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}/\\:*?"<>|]+/gu, '-')
      .trim(),
  ).replaceAll(/^\.+|[. ]+$/g, '');
  if (name === '') return fallback;
  return devices.test(name) ? `_${name}` : name;
}

function beginningOf(name: string): string {
  const characters = Array.from(name).slice(0, longest);
  while (Buffer.byteLength(characters.join('')) > mostBytes) characters.pop();
  return characters.join('');
}

/** Hands out names that differ in more than letter case, inside one folder. */
export class Folder {
  private readonly taken = new Set<string>();

  /** The name, or the name with a number before its extension. With each of `endings` behind it, it is taken too. */
  place(wanted: string, fallback: string, endings: readonly string[] = []): string {
    const name = fileName(wanted, fallback);
    const dot = name.lastIndexOf('.');
    const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
    const takes = (each: string): string[] => ['', ...endings].map((end) => `${each}${end}`.toLowerCase());
    let free = name;
    for (let number = 2; takes(free).some((each) => this.taken.has(each)); number += 1)
      free = `${stem} (${number})${extension}`;
    for (const each of takes(free)) this.taken.add(each);
    return free;
  }
}
