// A provider in a process of its own that does what it must: node sink.js <latency in ms>
import { createServer } from 'node:http';

const latencyMs = Number(process.argv[2]);
const orders = new Set();

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const { order_id } = JSON.parse(Buffer.concat(chunks).toString());
    const isNew = orders.size < orders.add(order_id).size;
    const answer = () => {
      const body = JSON.stringify({ order_id });
      response.writeHead(isNew ? 201 : 409, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      });
      response.end(body);
    };
    if (latencyMs > 0) setTimeout(answer, latencyMs);
    else answer();
  });
});
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
