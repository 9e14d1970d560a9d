/** RFC 7808 §5.1, §6.1: what the service can do. */
import { calendarMediaTypes } from '../caldav/media-types.js';
import { servicePath } from './path.js';
import { dataStart } from './zone-data.js';
import { dataVersion } from './zone-list.js';

const optional = (name: string): object => ({ name, required: false, multi: false });
const required = (name: string): object => ({ name, required: true, multi: false });
const action = (name: string, template: string, parameters: readonly object[] = []): object => ({
  name,
  'uri-template': servicePath + template,
  parameters,
});

export const capabilities = {
  version: 1,
  info: {
    'primary-source': `IANA:${dataVersion}`,
    formats: calendarMediaTypes.map(({ mediaType }) => mediaType),
    truncated: { any: false, ranges: [{ start: dataStart, end: '*' }], untruncated: false },
  },
  actions: [
    action('capabilities', '/capabilities'),
    action('list', '/zones{?changedsince}', [optional('changedsince')]),
    action('get', '/zones{/tzid}{?start,end}', [optional('start'), optional('end')]),
    action('expand', '/zones{/tzid}/observances{?start,end}', [required('start'), required('end')]),
    action('find', '/zones{?pattern}', [required('pattern')]),
    action('leapseconds', '/leapseconds'),
  ],
};
