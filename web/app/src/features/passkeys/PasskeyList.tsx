import {
  deleteV1FactorsPasskeysById,
  postV1FactorsPasskeysByIdRename,
} from '@tael/api/generated/sdk.gen';
import type { Passkey } from '@tael/api/generated/types.gen';
import { RowContent } from '@tael/ui/row/Row';
import { Sheet } from '@tael/ui/sheet/Sheet';
import { Empty } from '@tael/ui/states/states';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { KeyOutline } from 'antd-mobile-icons';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { moment } from '../../lib/moments';
import { NameForm } from '../../lib/NameForm';
import { usePreferences } from '../../lib/preferences';
import { useErrorText } from '../../lib/problems';
import { proven } from '../../lib/proof/step-up';
import { refreshPasskeys } from './passkeys';

type Act = { kind: 'rename' | 'remove'; passkey: Passkey };

/** The passkeys that open this wallet. */
export function PasskeyList({ passkeys }: { passkeys: Passkey[] }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [act, setAct] = useState<Act | null>(null);
  const close = () => setAct(null);
  if (passkeys.length === 0) return <Empty icon={<KeyOutline />} title={t('passkeys.none')} />;
  return (
    <section className="t-card" aria-label={t('me.passkeys')}>
      <ul className="t-rows">
        {passkeys.map((passkey) => (
          <li key={passkey.id}>
            <div className="t-row">
              <RowContent
                icon={<KeyOutline />}
                title={passkey.name}
                text={[
                  t('passkeys.added', { when: moment(passkey.created_at, language, 'day') }),
                  passkey.last_used_at &&
                    t('passkeys.used', { when: moment(passkey.last_used_at, language, 'short') }),
                  passkey.is_synced && t('passkeys.synced'),
                ]
                  .filter(Boolean)
                  .join(' · ')}
              />
            </div>
            <div className="contact__acts">
              <button
                type="button"
                className="t-plain"
                aria-label={t('passkeys.rename_named', { name: passkey.name })}
                onClick={() => setAct({ kind: 'rename', passkey })}
              >
                {t('passkeys.rename')}
              </button>
              <button
                type="button"
                className="t-plain"
                aria-label={t('passkeys.remove_named', { name: passkey.name })}
                onClick={() => setAct({ kind: 'remove', passkey })}
              >
                {t('common.remove')}
              </button>
            </div>
          </li>
        ))}
      </ul>
      <Sheet
        title={t(act?.kind === 'remove' ? 'passkeys.sure' : 'passkeys.rename')}
        closeLabel={t('common.close')}
        isOpen={act !== null}
        onClose={close}
      >
        {act?.kind === 'rename' && (
          <NameForm
            name={act.passkey.name}
            send={(name) =>
              ask(postV1FactorsPasskeysByIdRename({ path: { id: act.passkey.id }, body: { name } }))
            }
            onDone={async () => {
              await refreshPasskeys();
              close();
            }}
          />
        )}
        {act?.kind === 'remove' && <Remove passkey={act.passkey} onDone={close} />}
      </Sheet>
    </section>
  );
}

function Remove({ passkey, onDone }: { passkey: Passkey; onDone: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const remove = useMutation({
    mutationFn: () => proven(() => ask(deleteV1FactorsPasskeysById({ path: { id: passkey.id } }))),
    onSuccess: async () => {
      await refreshPasskeys();
      onDone();
    },
  });
  return (
    <div className="t-stack">
      <p>
        <strong>{passkey.name}</strong>
      </p>
      <p className="t-soft">{t('passkeys.sure_text')}</p>
      <FormError text={remove.error && errorText(remove.error)} />
      <Button
        block
        color="danger"
        size="large"
        loading={remove.isPending}
        onClick={() => remove.mutate()}
      >
        {t('common.remove')}
      </Button>
    </div>
  );
}
