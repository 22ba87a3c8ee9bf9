import './confirm.css';
import {
  getV1DeviceConfirmationsById,
  postV1DeviceConfirmations,
  postV1DeviceConfirmationsByIdRedeem,
  postV1DeviceConfirmationsByIdRefresh,
} from '@tael/api/generated/sdk.gen';
import { Bones, Failed } from '@tael/ui/states/states';
import { useQuery } from '@tanstack/react-query';
import { QRCodeSVG } from 'qrcode.react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { useErrorText } from '../../lib/problems';

/** Between two looks at what the other device did, in milliseconds. */
const LOOK = 1_500;
const OVER = ['rejected', 'expired'];

/** A code for the phone that is signed in already; comes in by itself once it agreed. */
export function ShowCode({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const made = useQuery({
    queryKey: ['confirmation', 'made'],
    queryFn: () => ask(postV1DeviceConfirmations({ body: { purpose: 'sign_in' } })),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const id = made.data?.id ?? '';
  const seen = useQuery({
    queryKey: ['confirmation', 'seen', id],
    queryFn: () => ask(getV1DeviceConfirmationsById({ path: { id } })),
    enabled: id !== '',
    gcTime: 0,
    refetchInterval: ({ state }) => (OVER.includes(state.data?.state ?? '') ? false : LOOK),
  });
  const state = seen.data?.state ?? 'created';
  const shown = useFreshCode(made.data, state);
  const { refetch } = made;
  useEffect(() => {
    if (state !== 'approved') return;
    ask(postV1DeviceConfirmationsByIdRedeem({ path: { id } })).then(onDone, () => refetch());
  }, [state, id, onDone, refetch]);
  const error = made.error ?? seen.error;
  if (!made.data && !error) return <Bones label={t('common.loading')} lines={6} />;
  if (error || OVER.includes(state)) {
    return (
      <Failed
        title={error ? errorText(error) : t(`confirm.${state as 'expired'}`)}
        retryLabel={t('confirm.another')}
        onRetry={() => void refetch()}
      />
    );
  }
  return (
    <section className="t-card confirm__show">
      <div className={`confirm__code${state === 'created' ? '' : ' confirm__code--seen'}`}>
        <QRCodeSVG value={shown} title={t('confirm.code')} marginSize={2} />
      </div>
      <p role="status">{t(state === 'created' ? 'confirm.scan' : 'confirm.seen')}</p>
    </section>
  );
}

type Made = { id: string; url: string; refresh_at: string };

/** The address in the code; another one takes its place before it is too old to be scanned. */
function useFreshCode(made: Made | undefined, state: string): string {
  const [fresh, setFresh] = useState<Made | null>(null);
  const code = fresh && fresh.id === made?.id ? fresh : made;
  useEffect(() => {
    if (!code || state !== 'created') return;
    const { id, refresh_at } = code;
    const wait = Math.max(1_000, Date.parse(refresh_at) - Date.now());
    const timer = setTimeout(() => {
      ask(postV1DeviceConfirmationsByIdRefresh({ path: { id } })).then(
        (next) => setFresh({ id, url: next.url, refresh_at: next.refresh_at }),
        () => undefined,
      );
    }, wait);
    return () => clearTimeout(timer);
  }, [code, state]);
  return code?.url ?? '';
}
