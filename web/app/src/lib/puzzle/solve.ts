/** What a server asks of strangers before it sends a message for them (ALTCHA, version 1). */
export type Challenge = {
  algorithm: string;
  challenge: string;
  maxnumber: number;
  salt: string;
  signature: string;
};

/** Hashes under way at a time; waiting for each of them alone takes several times as long. */
const BATCH = 512;

const hex = (bytes: ArrayBuffer) =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

/** The number for which the SHA-256 of salt and number is the challenge; null if there is none. */
export async function solve({ challenge, maxnumber, salt }: Challenge): Promise<number | null> {
  const text = new TextEncoder();
  for (let first = 0; first <= maxnumber; first += BATCH) {
    const numbers = Array.from(
      { length: Math.min(BATCH, maxnumber - first + 1) },
      (_, place) => first + place,
    );
    const hashes = await Promise.all(
      numbers.map((number) => crypto.subtle.digest('SHA-256', text.encode(salt + number))),
    );
    const found = hashes.findIndex((hash) => hex(hash) === challenge);
    if (found >= 0) return first + found;
  }
  return null;
}
