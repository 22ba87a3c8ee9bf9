import { Sheet } from '@tael/ui/sheet/Sheet';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { sandboxQuery } from '../../lib/queries';

const Messages = lazy(() => import('./Messages'));

/** On a server that plays: says so, and shows the messages that "arrived". */
export function SandboxBanner() {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const { data, refetch } = useQuery({
    ...sandboxQuery,
    staleTime: isOpen ? 0 : Number.POSITIVE_INFINITY,
    refetchInterval: isOpen ? 2_000 : false,
  });
  const open = () => {
    setOpen(true);
    void refetch();
  };
  if (!data) return null;
  return (
    <>
      <p className="notice notice--sandbox">
        {t('sandbox.banner')}
        <button type="button" className="t-plain" onClick={open}>
          {t('sandbox.messages')}
        </button>
      </p>
      <Sheet
        title={t('sandbox.title')}
        closeLabel={t('common.close')}
        isOpen={isOpen}
        onClose={() => setOpen(false)}
      >
        <Suspense>
          <Messages messages={data} />
        </Suspense>
      </Sheet>
    </>
  );
}
