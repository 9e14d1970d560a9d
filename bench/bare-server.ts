/** The least that a Node server can do: its CPU time per request is the unit on this machine. */
import { createServer } from 'node:http';

const [port, bodyBytes] = process.argv.slice(2).map(Number);
const body = 'x'.repeat(bodyBytes ?? 0);
const headers = { 'Content-Type': 'application/xml; charset=utf-8', 'Content-Length': body.length };

createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(207, headers);
    response.end(body);
  });
}).listen(port, '127.0.0.1');
