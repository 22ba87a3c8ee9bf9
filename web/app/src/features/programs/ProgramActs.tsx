import {
  deleteV1AccessTokensById,
  postV1AccessTokensByIdCaps,
  postV1AccessTokensByIdRotate,
} from '@tael/api/generated/sdk.gen';
import type { AccessToken } from '@tael/api/generated/types.gen';
import { Sheet } from '@tael/ui/sheet/Sheet';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { proven } from '../../lib/proof/step-up';
import { CapsFields } from './CapsFields';
import { capsOf, refreshPrograms, type TypedCaps, typedCaps } from './programs';

type Act = 'rotate' | 'caps' | 'revoke';
const TITLES = {
  rotate: 'programs.rotate',
  caps: 'programs.change_caps',
  revoke: 'programs.revoke_sure',
} as const;

type Props = { program: AccessToken; onRotated: (to: string) => void };

/** A new secret, other caps, or the end. */
export function ProgramActs({ program, onRotated }: Props) {
  const { t } = useTranslation();
  const [act, setAct] = useState<Act | null>(null);
  const close = () => setAct(null);
  const { id, caps } = program;
  return (
    <section className="t-card card__form">
      <div className="acts">
        {program.claimed_at && (
          <Button size="small" onClick={() => setAct('rotate')}>
            {t('programs.rotate')}
          </Button>
        )}
        {caps && (
          <Button size="small" onClick={() => setAct('caps')}>
            {t('programs.change_caps')}
          </Button>
        )}
        <Button size="small" color="danger" fill="outline" onClick={() => setAct('revoke')}>
          {t('programs.revoke')}
        </Button>
      </div>
      <Sheet
        title={t(TITLES[act ?? 'revoke'])}
        closeLabel={t('common.close')}
        isOpen={act !== null}
        onClose={close}
      >
        {act === 'rotate' && (
          <Sure
            text={t('programs.rotate_text')}
            label={t('programs.create')}
            color="primary"
            act={() => ask(postV1AccessTokensByIdRotate({ path: { id }, body: {} }))}
            onDone={({ delivered_to }) => {
              onRotated(delivered_to);
              close();
            }}
          />
        )}
        {act === 'revoke' && (
          <Sure
            text={t('programs.revoke_text')}
            label={t('programs.revoke')}
            color="danger"
            act={() => ask(deleteV1AccessTokensById({ path: { id } }))}
            onDone={close}
          />
        )}
        {act === 'caps' && caps && <ChangeCaps id={id} before={typedCaps(caps)} onDone={close} />}
      </Sheet>
    </section>
  );
}

type SureProps<T> = {
  text: string;
  label: string;
  color: 'primary' | 'danger';
  act: () => Promise<T>;
  onDone: (answer: T) => void;
};

function Sure<T>({ text, label, color, act, onDone }: SureProps<T>) {
  const errorText = useErrorText();
  const doing = useMutation({
    mutationFn: () => proven(act),
    onSuccess: async (answer) => {
      await refreshPrograms();
      onDone(answer);
    },
  });
  return (
    <div className="t-stack">
      <p>{text}</p>
      <FormError text={doing.error && errorText(doing.error)} />
      <Button
        block
        color={color}
        size="large"
        loading={doing.isPending}
        onClick={() => doing.mutate()}
      >
        {label}
      </Button>
    </div>
  );
}

type ChangeProps = { id: string; before: TypedCaps; onDone: () => void };

function ChangeCaps({ id, before, onDone }: ChangeProps) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [caps, setCaps] = useState(before);
  const body = capsOf(caps);
  const save = useMutation({
    mutationFn: () =>
      proven(async () => {
        if (body) await ask(postV1AccessTokensByIdCaps({ path: { id }, body }));
      }),
    onSuccess: async () => {
      await refreshPrograms();
      onDone();
    },
  });
  return (
    <form
      className="t-stack"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <p className="t-soft">{t('programs.change_caps_text')}</p>
      <CapsFields caps={caps} onChange={setCaps} />
      <FormError text={save.error && errorText(save.error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={save.isPending}
        disabled={body === null}
      >
        {t('common.save')}
      </Button>
    </form>
  );
}
