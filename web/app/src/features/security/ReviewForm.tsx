import { postV1SecurityReview } from '@tael/api/generated/sdk.gen';
import type { ReviewItem } from '@tael/api/generated/types.gen';
import { Segmented } from '@tael/ui/segmented/Segmented';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';
import { useErrorText } from '../../lib/problems';
import { queries } from '../../lib/queries';

type Props = { items: ReviewItem[]; onDone: (end: 'clean' | 'frozen') => void };

/** Sign-ins and payments of late; a single "no" stops everything. */
export function ReviewForm({ items, onDone }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { language } = usePreferences();
  const [strange, setStrange] = useState<string[]>([]);
  const answer = useMutation({
    mutationFn: () => {
      const answers = items.map(({ id }) => ({ id, was_me: !strange.includes(id) }));
      return ask(postV1SecurityReview({ body: { answers } }));
    },
    onSuccess: async ({ state }) => {
      onDone(state === 'frozen' ? 'frozen' : 'clean');
      await queries.invalidateQueries();
    },
  });
  const say = (id: string, wasMe: boolean) =>
    setStrange((before) => [...before.filter((one) => one !== id), ...(wasMe ? [] : [id])]);
  return (
    <form
      className="t-stack"
      onSubmit={(event) => {
        event.preventDefault();
        answer.mutate();
      }}
    >
      <p className="t-soft">{t('review.text')}</p>
      <ul className="t-card t-rows">
        {items.map(({ id, kind, text, at }) => (
          <li key={id} className="review">
            <div>
              <p>{t(`review.${kind as 'sign_in'}`)}</p>
              <p className="t-soft t-small">
                {text} · {moment(at, language, 'short')}
              </p>
            </div>
            <Segmented
              label={`${t(`review.${kind as 'sign_in'}`)} ${text}`}
              value={strange.includes(id) ? 'no' : 'yes'}
              choices={[
                ['yes', t('review.me')],
                ['no', t('review.not_me')],
              ]}
              onChange={(chosen) => say(id, chosen === 'yes')}
            />
          </li>
        ))}
      </ul>
      <FormError text={answer.error && errorText(answer.error)} />
      <Button
        block
        color={strange.length > 0 ? 'danger' : 'primary'}
        size="large"
        type="submit"
        loading={answer.isPending}
      >
        {t(strange.length > 0 ? 'review.stop' : 'review.all_me')}
      </Button>
    </form>
  );
}
