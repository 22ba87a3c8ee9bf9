import { type Challenge, solve } from './solve';

/** Solves what it is sent, beside the page. */
self.onmessage = async ({ data }: MessageEvent<Challenge>) => {
  self.postMessage(await solve(data).catch(() => null));
};
