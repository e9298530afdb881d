import type { ReceivedHeaders } from '../providers/signature/scheme.ts';

const LOOPBACK = /^(?:localhost|::1|(?:::ffff:)?127(?:\.\d{1,3}){3})$/i;
const LOCAL_HOST = /^(?:localhost|\[::1\]|127(?:\.\d{1,3}){3})(?::\d{1,5})?$/i;

/** Set by proxies, by tunnels and by browsers: it was not a program on this machine that started the request. */
const FORWARDING_HEADERS = ['via', 'x-real-ip', 'origin', 'sec-fetch-site', 'x-envoy-external-address'];
const FORWARDING = /forwarded|client-ip|connecting-ip/;

/** Whether an address is of this machine only; a name other than `localhost` never counts as one. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.test(address);
}

/**
 * Why a request can't be taken for one from this machine, undefined where it can. The peer alone does not tell:
 * a tunnel, or a web page in a browser here, connects from this machine too.
 *
 * @param peer - the address that the connection comes from.
 */
export function whyNotLocal(
  headers: ReceivedHeaders,
  peer: string | undefined,
  httpVersion: string,
): string | undefined {
  if (!isLoopback(peer ?? '')) return 'peer_not_local';
  if (!LOCAL_HOST.test(headers.host?.[0] ?? '')) return 'host_not_local';
  // What a proxy speaks that was told nothing else, and that then gives the address of this machine as its Host.
  if (httpVersion === '1.0') return 'forwarded';
  const forwarded = Object.keys(headers).some(
    (name) => FORWARDING.test(name) || FORWARDING_HEADERS.includes(name),
  );
  return forwarded ? 'forwarded' : undefined;
}
