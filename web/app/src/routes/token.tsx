import './cards.css';
import { Result } from '@tael/ui/result/Result';
import { Bones, Failed } from '@tael/ui/states/states';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Activate } from '../features/security-token/Activate';
import { Active } from '../features/security-token/Active';
import { History } from '../features/security-token/History';
import { Request } from '../features/security-token/Request';
import { isOver } from '../features/security-token/tokens';
import { Page } from '../lib/Page';
import { useErrorText } from '../lib/problems';
import { meQuery, tokensQuery } from '../lib/queries';

/** Token设置: request, activate, name, replace, block and unblock, cancel, look back. */
export function Token() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const navigate = useNavigate();
  const [isFresh, setFresh] = useState(false);
  const me = useQuery(meQuery);
  const tokens = useQuery(tokensQuery);
  const all = tokens.data?.data ?? [];
  const alive = all.filter(({ state }) => state === 'active' || state === 'blocked');
  const active = all.find((token) => token.state === 'active');
  const pending = all.find((token) => token.state === 'pending');
  if (isFresh) {
    return (
      <Page title={t('me.token')} back="/me">
        <Result
          state="done"
          title={t('token.done')}
          text={t('token.done_text')}
          actions={
            <>
              <Button block color="primary" size="large" onClick={() => void navigate({ to: '/' })}>
                {t('common.home')}
              </Button>
              <Button block size="large" onClick={() => setFresh(false)}>
                {t('token.see')}
              </Button>
            </>
          }
        />
      </Page>
    );
  }
  return (
    <Page title={t('me.token')} back="/me">
      {tokens.isPending && <Bones label={t('common.loading')} lines={5} />}
      {tokens.isError && !tokens.data && (
        <Failed
          title={errorText(tokens.error)}
          retryLabel={t('common.retry')}
          onRetry={() => void tokens.refetch()}
        />
      )}
      {pending && <Activate key={pending.id} pending={pending} onActive={() => setFresh(true)} />}
      {alive.map((token) => (
        <Active key={token.id} token={token} />
      ))}
      {tokens.data && me.data && !pending && <Request user={me.data} replaces={active?.id} />}
      <History tokens={all.filter((token) => isOver(token.state))} />
    </Page>
  );
}
