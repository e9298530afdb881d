/** As it came over the wire, without its date and its request id. */
export interface Answer {
  line: string;
  type?: string;
  connection?: string;
  allow?: string;
  retryAfter?: string;
  body?: unknown;
}

const TITLES = new Map([
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [408, 'Request Timeout'],
  [413, 'Payload Too Large'],
  [415, 'Unsupported Media Type'],
  [422, 'Unprocessable Entity'],
  [431, 'Request Header Fields Too Large'],
]);

/** A problem document on a connection that is kept. */
function problem(status: number, detail: string, more: Record<string, unknown> = {}): Answer {
  const title = TITLES.get(status);
  return {
    line: `HTTP/1.1 ${status} ${title}`,
    type: 'application/problem+json',
    connection: 'keep-alive',
    body: { type: 'about:blank', title, status, detail, ...more },
  };
}

function ok(body: unknown): Answer {
  return { line: 'HTTP/1.1 200 OK', type: 'application/json', connection: 'keep-alive', body };
}

/** The last answer on its connection. */
export function closing(answer: Answer): Answer {
  return { ...answer, connection: 'close' };
}

export const CONTINUE: Answer = { line: 'HTTP/1.1 100 Continue' };
export const ALIVE = closing(ok({ status: 'live' }));
export const STORED = ok({ status: 'stored', matched: false });
export const DUPLICATE = ok({ status: 'duplicate', matched: false });

export const NOT_HTTP = closing(problem(400, 'The request is not well-formed HTTP.'));
export const HEAD_TOO_LONG = closing(problem(431, 'The headers are too long.'));
export const CHUNK_EXTENSIONS = closing(problem(413, 'The chunk extensions are too long.'));
export const TOO_SLOW = closing(problem(408, 'The request did not arrive in time.'));

export const HOST = problem(400, 'The request must have exactly one Host header.');
export const NOT_UTF8 = problem(400, 'The body is not UTF-8.');
export const NOT_JSON = problem(400, 'The body is not JSON.');
export const TOO_DEEP = problem(400, 'The JSON is nested more than 32 levels deep.');
export const KEY_TWICE = problem(400, 'The JSON has the same key twice in one object.');
export const UNSIGNED = problem(401, 'The signature is missing or not valid.');
export const NO_SUCH_PATH = problem(404, 'There is nothing at this path.');
export const ONLY_POST: Answer = { ...problem(405, 'This path takes POST only.'), allow: 'POST' };
export const ONLY_GET: Answer = { ...problem(405, 'This path takes GET, HEAD only.'), allow: 'GET, HEAD' };
export const TOO_LARGE = closing(problem(413, 'The body must not be longer than 65536 bytes.'));
export const ENCODED = problem(415, 'The body must not be compressed.');
export const NOT_JSON_TYPE = problem(415, 'The body must be application/json, in UTF-8.');

/** By JSON pointer. */
export function noEvent(errors: Readonly<Record<string, string>>): Answer {
  return problem(422, 'The body is not a tracking event of this provider.', {
    errors: Object.entries(errors).map(([pointer, detail]) => ({ pointer, detail })),
  });
}

/** Every answer in what came over a connection, to the last byte. */
export function readAnswers(received: Buffer): { answers: Answer[]; requestIds: (string | undefined)[] } {
  const answers: Answer[] = [];
  const requestIds: (string | undefined)[] = [];
  let rest = received.toString('latin1');
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n');
    if (end === -1) throw new Error(`no answer: ${JSON.stringify(rest.slice(0, 200))}`);
    const [line = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = new Map(
      lines.map((header) => {
        const colon = header.indexOf(':');
        return [header.slice(0, colon).toLowerCase(), header.slice(colon + 1).trim()];
      }),
    );
    const length = Number(headers.get('content-length') ?? 0);
    const body = rest.slice(end + 4, end + 4 + length);
    rest = rest.slice(end + 4 + length);
    const type = headers.get('content-type');
    const connection = headers.get('connection');
    const allow = headers.get('allow');
    const retryAfter = headers.get('retry-after');
    answers.push({
      line,
      ...(type !== undefined && { type }),
      ...(connection !== undefined && { connection }),
      ...(allow !== undefined && { allow }),
      ...(retryAfter !== undefined && { retryAfter }),
      ...(body !== '' && { body: JSON.parse(body) }),
    });
    requestIds.push(headers.get('x-request-id'));
  }
  return { answers, requestIds };
}
