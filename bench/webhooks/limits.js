// Servers to compare with, in a process of their own: node limits.js bare | commit-each <database>
import { createServer } from 'node:http';
import BetterSqlite3 from 'better-sqlite3';

const [kind, path] = process.argv.slice(2);
const take = kind === 'commit-each' ? commitEach(path) : () => {};

/** What group commit is to be better than: the event stored by a commit of its own, as durably. */
function commitEach(path) {
  const database = new BetterSqlite3(path);
  database.pragma('journal_mode = wal');
  database.pragma('synchronous = full');
  database.exec(
    'create table events (reference text, name text, time text, raw text, primary key (reference, name, time)) strict',
  );
  const insert = database.prepare('insert into events values (?, ?, ?, ?)');
  return (event, raw) => insert.run(event.order_id, event.event_name, event.event_time, raw);
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const raw = Buffer.concat(chunks).toString();
    take(JSON.parse(raw), raw);
    const answer = JSON.stringify({ status: 'stored' });
    response.writeHead(200, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(answer),
    });
    response.end(answer);
  });
});
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
