// TEL: a text alone in vCard 3.0 (RFC 2426 §3.3.1), a text or a tel: URI in 4.0 (RFC 6350 §6.4.1).
import { parameterOf, withParameters, type CardLine } from '../card-line.js';
import { escapeText } from '../../directory-text.js';
import { unescapeText } from '../text.js';

/** The number of a tel: URI as text, with what follows it (`;ext=102`). A text stays as it is, as 4.0 has it by default. */
export function numberOfTelephone(line: CardLine): CardLine {
  const type = parameterOf(line, 'VALUE') ?? 'text';
  const plain = { ...line, parameters: withParameters(line.parameters, { VALUE: undefined }) };
  if (type === 'text') return plain;
  if (type !== 'uri' || !/^tel:/i.test(line.raw)) return line;
  return { ...plain, raw: escapeText(unescapeText(line.raw.slice('tel:'.length))) };
}
