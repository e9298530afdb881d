// Servers to compare with, in a process of their own: node limits.js bare | commit-each <database> | commit-turn <database>
import { createServer } from 'node:http';
import BetterSqlite3 from 'better-sqlite3';

const [kind, path] = process.argv.slice(2);
const KINDS = {
  bare: () => (_event, _raw, done) => done(),
  'commit-each': commitEach,
  'commit-turn': commitTurn,
};
const take = KINDS[kind](path);

/** What group commit is to be better than: the event stored by a commit of its own, as durably. */
function commitEach(path) {
  const { store } = openStore(path);
  return (event, raw, done) => {
    store(event, raw);
    done();
  };
}

/** The least that is durable and fast: what came in one turn of the event loop is stored by one commit. */
function commitTurn(path) {
  const { store, inOneCommit } = openStore(path);
  let waiting = [];
  const commit = () => {
    const batch = waiting;
    waiting = [];
    inOneCommit(() => {
      for (const { event, raw } of batch) store(event, raw);
    });
    for (const { done } of batch) done();
  };
  return (event, raw, done) => {
    if (waiting.push({ event, raw, done }) === 1) setImmediate(commit);
  };
}

function openStore(path) {
  const database = new BetterSqlite3(path);
  database.pragma('journal_mode = wal');
  database.pragma('synchronous = full');
  database.exec(
    'create table events (reference text, name text, time text, raw text, primary key (reference, name, time)) strict',
  );
  const insert = database.prepare('insert into events values (?, ?, ?, ?)');
  return {
    store: (event, raw) => insert.run(event.order_id, event.event_name, event.event_time, raw),
    inOneCommit: (work) => database.transaction(work).immediate(),
  };
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const raw = Buffer.concat(chunks).toString();
    take(JSON.parse(raw), raw, () => {
      const answer = JSON.stringify({ status: 'stored' });
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(answer),
      });
      response.end(answer);
    });
  });
});
server.listen(0, '127.0.0.1', () => process.send({ url: `http://127.0.0.1:${server.address().port}` }));
