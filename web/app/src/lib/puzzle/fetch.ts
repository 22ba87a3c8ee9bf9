import type { Challenge } from './solve';

/** Finds the number of a challenge; null if that is not possible here. */
export type Solver = (challenge: Challenge) => Promise<number | null>;

/** In a worker of its own, so that the page stays quick. */
export const solveAside: Solver = (challenge) =>
  new Promise((resolve) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
    const done = (number: number | null) => {
      worker.terminate();
      resolve(number);
    };
    worker.onmessage = ({ data }: MessageEvent<number | null>) => done(data);
    worker.onerror = () => done(null);
    worker.postMessage(challenge);
  });

const challengeOf = async (response: Response): Promise<Challenge | null> => {
  if (response.status !== 403) return null;
  const body = (await response
    .clone()
    .json()
    .catch(() => null)) as { code?: string; challenge?: Challenge } | null;
  if (body?.code !== 'proof_of_work_required') return null;
  return body.challenge?.algorithm === 'SHA-256' ? body.challenge : null;
};

/** Asks, and where the server wants a proof of work first, does it and asks once more. */
export const workingFetch =
  (solver: Solver, ask: typeof fetch): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    const again = request.clone();
    const response = await ask(request);
    const challenge = await challengeOf(response);
    if (challenge === null) return response;
    const number = await solver(challenge);
    if (number === null) return response;
    const { algorithm, challenge: target, salt, signature } = challenge;
    const payload = { algorithm, challenge: target, number, salt, signature };
    again.headers.set('tael-proof-of-work', btoa(JSON.stringify(payload)));
    return ask(again);
  };
