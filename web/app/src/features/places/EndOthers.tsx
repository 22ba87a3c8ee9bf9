import { deleteV1Sessions } from '@tael/api/generated/sdk.gen';
import { Sheet } from '@tael/ui/sheet/Sheet';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { proven } from '../../lib/proof/step-up';
import { placesQuery, queries } from '../../lib/queries';

/** Signs out every place but this one, after one more question. */
export function EndOthers() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [isAsking, setAsking] = useState(false);
  const end = useMutation({
    mutationFn: () => proven(() => ask(deleteV1Sessions())),
    onSuccess: async () => {
      setAsking(false);
      await queries.invalidateQueries({ queryKey: placesQuery.queryKey });
    },
  });
  return (
    <>
      <Button block color="danger" fill="outline" onClick={() => setAsking(true)}>
        {t('places.end_all')}
      </Button>
      <Sheet
        title={t('places.end_all')}
        closeLabel={t('common.close')}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
      >
        <div className="t-stack">
          <p>{t('places.end_all_text')}</p>
          <FormError text={end.error && errorText(end.error)} />
          <Button
            block
            color="danger"
            size="large"
            loading={end.isPending}
            onClick={() => end.mutate()}
          >
            {t('places.end_all')}
          </Button>
        </div>
      </Sheet>
    </>
  );
}
