/** Storage that may be full or forbidden: then the app forgets sooner, and works. */
function over(area: () => Storage) {
  return {
    read<T>(name: string): T | null {
      try {
        const text = area().getItem(`tael.${name}`);
        return text === null ? null : (JSON.parse(text) as T);
      } catch {
        return null;
      }
    },
    /** True if it is kept. */
    keep(name: string, value: unknown): boolean {
      try {
        area().setItem(`tael.${name}`, JSON.stringify(value));
        return true;
      } catch {
        return false;
      }
    },
    forget(name: string) {
      try {
        area().removeItem(`tael.${name}`);
      } catch {
        // Nothing was kept.
      }
    },
  };
}

/** Kept on this device. Never a secret. */
export const device = over(() => localStorage);
/** Kept in this tab, across reloads. Never a secret. */
export const tab = over(() => sessionStorage);

/** Forgets what this tab knows of a person. */
export function clearTab() {
  try {
    sessionStorage.clear();
  } catch {
    // Nothing was kept.
  }
}
