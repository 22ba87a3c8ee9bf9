import { useTranslation } from 'react-i18next';
import { useErrorText } from '../problems';

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

/** A passkey belongs to a name; an address of digits has none. */
const isNamed = (host: string) => !/^[\d.]+$|:/.test(host);

export const hasPasskeys = () => 'PublicKeyCredential' in window && isNamed(location.hostname);

/** Why there is no passkey: the device's reasons, or the server's. */
export function usePasskeyErrorText(): (error: unknown) => string {
  const { t } = useTranslation();
  const errorText = useErrorText();
  return (error) => {
    const name = error instanceof Error ? error.name : '';
    if (name === 'NotAllowedError' || name === 'AbortError') return t('passkeys.dismissed');
    if (name === 'InvalidStateError') return t('passkeys.exists');
    if (name === 'SecurityError' || name === 'NotSupportedError') return t('passkeys.unsupported');
    return errorText(error);
  };
}

const unwrapped = (options: Record<string, unknown>) =>
  'publicKey' in options ? options.publicKey : options;
