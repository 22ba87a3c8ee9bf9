import './cards.css';
import { postV1DeviceConfirmationsScan } from '@tael/api/generated/sdk.gen';
import { Result } from '@tael/ui/result/Result';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Decide } from '../features/confirm/Decide';
import { ask } from '../lib/api';
import { Loaded } from '../lib/Loaded';
import { Page } from '../lib/Page';

/** Another device showed a code, and this one scanned it. */
export function Confirm() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const nonce = useRouterState({ select: (state) => state.location.hash });
  const [end, setEnd] = useState<'approved' | 'rejected' | null>(null);
  const scanned = useQuery({
    queryKey: ['confirmation', 'scan', nonce],
    queryFn: () => ask(postV1DeviceConfirmationsScan({ body: { nonce } })),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return (
    <Page title={t('confirm.title')} back="/">
      {end ? (
        <Result
          state={end === 'approved' ? 'done' : 'failed'}
          title={t(`confirm.${end}`)}
          actions={
            <Button
              block
              color="primary"
              size="large"
              onClick={() => void navigate({ to: '/', replace: true })}
            >
              {t('common.done')}
            </Button>
          }
        />
      ) : (
        <Loaded query={scanned}>{(request) => <Decide request={request} onDone={setEnd} />}</Loaded>
      )}
    </Page>
  );
}
