import {
  postV1SecurityTokensByIdBlock,
  postV1SecurityTokensByIdRename,
} from '@tael/api/generated/sdk.gen';
import type { SecurityToken } from '@tael/api/generated/types.gen';
import { Sheet } from '@tael/ui/sheet/Sheet';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { NameForm } from '../../lib/NameForm';
import { useErrorText } from '../../lib/problems';
import { Past } from './Past';
import { cancelToken, refreshTokens } from './tokens';

export type Act = 'rename' | 'history' | 'block' | 'cancel';

const TITLES = {
  rename: 'token.rename',
  history: 'token.more',
  block: 'token.block_sure',
  cancel: 'token.cancel_sure',
} as const;

type Props = { token: SecurityToken; act: Act | null; onClose: () => void };

/** What is done to a Token, after one more question where it cannot be undone by a tap. */
export function TokenSheet({ token, act, onClose }: Props) {
  const { t } = useTranslation();
  const finish = async () => {
    await refreshTokens();
    onClose();
  };
  return (
    <Sheet
      title={t(TITLES[act ?? 'history'])}
      closeLabel={t('common.close')}
      isOpen={act !== null}
      onClose={onClose}
    >
      {act === 'rename' && (
        <NameForm
          name={token.name ?? ''}
          send={(name) =>
            ask(postV1SecurityTokensByIdRename({ path: { id: token.id }, body: { name } }))
          }
          onDone={finish}
        />
      )}
      {act === 'history' && <Past id={token.id} />}
      {act === 'block' && (
        <Sure
          text={t('token.block_text')}
          label={t('token.block')}
          act={() => ask(postV1SecurityTokensByIdBlock({ path: { id: token.id } }))}
          onDone={finish}
          onClose={onClose}
        />
      )}
      {act === 'cancel' && (
        <Sure
          text={t('token.cancel_text')}
          label={t('token.cancel')}
          act={() => cancelToken(token.id)}
          onDone={finish}
          onClose={onClose}
        />
      )}
    </Sheet>
  );
}

type SureProps = {
  text: string;
  label: string;
  act: () => Promise<unknown>;
  onDone: () => Promise<void>;
  onClose: () => void;
};

function Sure({ text, label, act, onDone, onClose }: SureProps) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const doing = useMutation({ mutationFn: act, onSuccess: onDone });
  return (
    <div className="t-stack">
      <p>{text}</p>
      <FormError text={doing.error && errorText(doing.error)} />
      <Button
        block
        color="danger"
        size="large"
        loading={doing.isPending}
        onClick={() => doing.mutate()}
      >
        {label}
      </Button>
      <Button block size="large" onClick={onClose}>
        {t('token.keep')}
      </Button>
    </div>
  );
}
