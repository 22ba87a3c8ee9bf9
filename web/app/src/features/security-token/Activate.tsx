import type { SecurityToken } from '@tael/api/generated/types.gen';
import { TOKEN_LENGTH } from '@tael/ui/token-input/groups';
import { TokenInput } from '@tael/ui/token-input/TokenInput';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCountdown } from '../../lib/countdown';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { activateToken, cancelToken, refreshTokens } from './tokens';

type Props = { pending: SecurityToken; onActive: () => void };

/** The Token that arrived is typed in where it was asked for. */
export function Activate({ pending, onActive }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [token, setToken] = useState('');
  const left = useCountdown(pending.expires_at);
  const activate = useMutation({
    mutationFn: () => activateToken(pending.id, token),
    onSuccess: async () => {
      onActive();
      await refreshTokens();
    },
    onError: () => void refreshTokens(),
  });
  const cancel = useMutation({
    mutationFn: () => cancelToken(pending.id),
    onSuccess: refreshTokens,
  });
  const error = activate.error ?? cancel.error;
  const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
  const to = pending.channel === 'inbox' ? t('token.to_inbox') : pending.delivered_to;
  return (
    <form
      className="t-card card__form"
      onSubmit={(event) => {
        event.preventDefault();
        activate.mutate();
      }}
    >
      <h2 className="card__heading">{t('token.activate')}</h2>
      <p className="t-soft">{t('token.sent_to', { to })}</p>
      <TokenInput
        label={t('token.type')}
        hint={left > 0 ? t('token.left', { clock }) : t('token.too_late')}
        value={token}
        onChange={setToken}
        autoFocus
      />
      <FormError text={error && errorText(error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={activate.isPending}
        disabled={token.length < TOKEN_LENGTH || left === 0}
      >
        {t('token.activate')}
      </Button>
      <Button block fill="none" loading={cancel.isPending} onClick={() => cancel.mutate()}>
        {t('token.cancel_pending')}
      </Button>
    </form>
  );
}
