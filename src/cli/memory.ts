import { setFlagsFromString } from 'node:v8';

// V8 refuses code that was compiled ahead once any of its options has changed: these are for when everything is loaded.

/** To be called before the first connection. V8 would take 40 MB for a moment to make undici's parser hardly faster. */
export function compileWasmOnce(): void {
  for (const flag of ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering'])
    setFlagsFromString(flag);
}

/**
 * To be called again and again, since new threads set it back. Little of what a run allocates lives on, and V8 would let
 * its heaps grow to several times that before it looks. What they grew to before the first batch is what they need.
 */
export function keepHeapsSmall(): void {
  setFlagsFromString('--heap-growing-percent=50');
  setFlagsFromString('--semi-space-growth-factor=1');
}
