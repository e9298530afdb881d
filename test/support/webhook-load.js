import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import BetterSqlite3 from 'better-sqlite3';

/** How long the second part of a delivery that is sent in two comes after the first. */
const PART_PAUSE_MS = 2;

/**
 * Signed deliveries, each of an order of its own, over raw keep-alive connections: one under way on each of them at any
 * time, one in four in two parts. Whatever gets no 200 is sent again, in a later run too, with the same id and bytes.
 */
export function createLoad({ secret, connections }) {
  const deliveries = new Map();
  const unsettled = [];
  const next = () => {
    const delivery = unsettled.shift() ?? aDelivery(deliveries.size + 1);
    deliveries.set(delivery.id, delivery);
    delivery.timesSent += 1;
    return delivery;
  };

  /** Goes on until the receiver has ended each connection; none is opened again. */
  async function run(url, onAnswer = () => {}) {
    const served = new Set();
    let answers = 0;
    const keepBusy = async (_, index) => {
      const settle = (delivery, { status, outcome, closes }) => {
        delivery.answers.push(outcome ? `${status} ${outcome}` : `${status}`);
        if (status !== 200) unsettled.push(delivery);
        served.add(index);
        answers += 1;
        onAnswer({ answers, closes, allServed: served.size === connections });
      };
      const { ending, unanswered } = await converse(url, { secret, next, settle });
      if (unanswered) unsettled.push(unanswered);
      return ending;
    };
    return Promise.all(Array.from({ length: connections }, keepBusy));
  }

  return { deliveries, run };
}

function aDelivery(number) {
  const id = `load-${number}`;
  const event = { order_id: id, event_name: 'in-transit', event_time: '2023-05-19 13:18:45' };
  return { number, id, body: JSON.stringify(event), timesSent: 0, answers: [] };
}

/** A delivery as it goes over the wire, signed now (Standard Webhooks). */
export function signedRequest({ id, body }, secret) {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  const head = [
    'POST /webhooks/fictional HTTP/1.1',
    'Host: receiver.test',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Webhook-Id: ${id}`,
    `Webhook-Timestamp: ${timestamp}`,
    `Webhook-Signature: v1,${signature}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

/** One connection, one delivery after the other, until it ends. Resolves with how it did, and what got no answer. */
function converse(url, { secret, next, settle }) {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true }).setEncoding('utf8');
  let underWay;
  let received = '';
  let broken = false;
  const send = () => {
    underWay = next();
    const request = signedRequest(underWay, secret);
    if (underWay.number % 4 > 0) {
      socket.write(request);
      return;
    }
    const cut = 1 + (underWay.number % (request.length - 1));
    socket.write(request.slice(0, cut));
    setTimeout(() => socket.writable && socket.write(request.slice(cut)), PART_PAUSE_MS);
  };
  socket.on('connect', send);
  socket.on('data', (chunk) => {
    received += chunk;
    const answer = readAnswer(received);
    if (!answer || !underWay) return;
    received = '';
    const delivery = underWay;
    underWay = undefined;
    settle(delivery, answer);
    if (!answer.closes) send();
  });
  socket.on('error', () => {
    broken = true;
  });
  return new Promise((resolve) => {
    socket.on('close', () => {
      const ending = broken ? 'broken' : underWay ? 'unanswered' : 'closed';
      resolve({ ending, unanswered: underWay });
    });
  });
}

function readAnswer(text) {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd === -1) return undefined;
  const head = text.slice(0, headEnd);
  const body = text.slice(headEnd + 4);
  const [, length] = /^content-length: (\d+)$/im.exec(head) ?? [];
  if (body.length < Number(length)) return undefined;
  const status = Number(head.split(' ')[1]);
  const closes = /^connection: close$/im.test(head);
  return { status, closes, outcome: status === 200 ? JSON.parse(body).status : undefined };
}

/** Compares what was sent and answered with what is stored. */
export function compareWithStore(databasePath, deliveries) {
  const database = new BetterSqlite3(databasePath, { readonly: true });
  try {
    const stored = new Set();
    const doubled = [];
    const neverSent = [];
    for (const { reference, raw } of database
      .prepare('select reference, raw from tracking_events')
      .iterate()) {
      if (stored.has(reference)) doubled.push(reference);
      if (deliveries.get(reference)?.body !== raw) neverSent.push(reference);
      stored.add(reference);
    }
    const answered = [...deliveries.values()].filter(({ answers }) => answers.some(isOk));
    const lost = answered.filter(({ id }) => !stored.has(id)).map(({ id }) => id);
    const wronglyAnswered = [...deliveries.values()].filter(isWronglyAnswered);
    return { stored: stored.size, answered: answered.length, lost, doubled, neverSent, wronglyAnswered };
  } finally {
    database.close();
  }
}

function isOk(answer) {
  return answer === '200 stored' || answer === '200 duplicate';
}

function isWronglyAnswered({ answers, timesSent }) {
  return answers.some(
    (answer) => !(isOk(answer) || answer === '503') || (answer === '200 duplicate' && timesSent === 1),
  );
}
