import {
  postV1VerificationsByIdFiles,
  postV1VerificationsByIdSubmit,
} from '@tael/api/generated/sdk.gen';
import type { VerificationView } from '@tael/api/generated/types.gen';
import { RowContent } from '@tael/ui/row/Row';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { CheckCircleFill, PictureOutline } from 'antd-mobile-icons';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { refreshVerifications, type Side, sidesOf } from './verifications';

/** The contract calls the bytes of a file a list of numbers; a file is sent as it is. */
const send = (id: string, side: Side, file: File) =>
  ask(
    postV1VerificationsByIdFiles({
      path: { id },
      query: { side },
      body: file as unknown as number[],
    }),
  );

/** The sides of the document, one after another, then off to be looked at. */
export function Files({ draft }: { draft: VerificationView }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const wanted = sidesOf(draft.level);
  const hand = useMutation({
    mutationFn: () => ask(postV1VerificationsByIdSubmit({ path: { id: draft.id } })),
    onSuccess: refreshVerifications,
  });
  return (
    <section className="t-card" aria-labelledby="files">
      <h2 id="files" className="card__title">
        {t('verification.files')}
      </h2>
      <p className="card__text">{t('verification.file')}</p>
      <ul className="t-rows">
        {wanted.map((side) => (
          <OneSide key={side} id={draft.id} side={side} isKept={draft.sides.includes(side)} />
        ))}
      </ul>
      <div className="card__form">
        <FormError text={hand.error && errorText(hand.error)} />
        <Button
          block
          color="primary"
          size="large"
          loading={hand.isPending}
          disabled={!wanted.every((side) => draft.sides.includes(side))}
          onClick={() => hand.mutate()}
        >
          {t('verification.submit')}
        </Button>
      </div>
    </section>
  );
}

function OneSide({ id, side, isKept }: { id: string; side: Side; isKept: boolean }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const words = t(`verification.${side}`);
  const upload = useMutation({
    mutationFn: (file: File) => send(id, side, file),
    onSuccess: refreshVerifications,
  });
  const state = upload.isPending
    ? t('common.loading')
    : t(isKept ? 'verification.kept' : 'verification.missing');
  return (
    <li>
      <label className="t-row filepick">
        <RowContent
          icon={isKept ? <CheckCircleFill /> : <PictureOutline />}
          title={words}
          text={state}
          isLink
        />
        <input
          type="file"
          className="t-hidden"
          accept="image/jpeg,image/png,application/pdf"
          aria-label={t(isKept ? 'verification.change' : 'verification.choose', { side: words })}
          disabled={upload.isPending}
          onChange={(event) => {
            const file = event.target.files?.[0];
            // The same file may be chosen again after it was refused.
            event.target.value = '';
            if (file) upload.mutate(file);
          }}
        />
      </label>
      <div className="card__text">
        <FormError text={upload.error && errorText(upload.error)} />
      </div>
    </li>
  );
}
