/** Signs a challenge of the server with a passkey of this device. */
export async function signWith(publicKey: Record<string, unknown>) {
  const { startAuthentication } = await import('@simplewebauthn/browser');
  const optionsJSON = unwrapped(publicKey) as never;
  const credential = await startAuthentication({ optionsJSON });
  return credential as unknown as Record<string, unknown>;
}

/** Makes a new passkey on this device. */
export async function makePasskey(publicKey: Record<string, unknown>) {
  const { startRegistration } = await import('@simplewebauthn/browser');
  const optionsJSON = unwrapped(publicKey) as never;
  const credential = await startRegistration({ optionsJSON });
  return credential as unknown as Record<string, unknown>;
}

export const hasPasskeys = () => 'PublicKeyCredential' in window;

/** True if the person, not the server, ended it. */
export const isDismissed = (error: unknown) =>
  error instanceof Error && ['NotAllowedError', 'AbortError'].includes(error.name);

const unwrapped = (options: Record<string, unknown>) =>
  'publicKey' in options ? options.publicKey : options;
