import { getV1TransfersByIdReceipt } from '@tael/api/generated/sdk.gen';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { save } from '../../lib/save';

/** The receipt: a file that anybody can verify without asking us. */
export function Proof({ id }: { id: string }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const file = `${id}.json`;
  const download = useMutation({
    mutationFn: () => ask(getV1TransfersByIdReceipt({ path: { id } })),
    onSuccess: (receipt) =>
      save(file, new Blob([JSON.stringify(receipt, null, 2)], { type: 'application/json' })),
  });
  return (
    <section className="t-card proof" aria-labelledby="proof">
      <h2 id="proof">{t('proof.title')}</h2>
      <p className="t-soft t-small">{t('proof.text')}</p>
      <Button
        block
        color="primary"
        fill="outline"
        loading={download.isPending}
        onClick={() => download.mutate()}
      >
        {t('proof.download')}
      </Button>
      <FormError text={download.error && errorText(download.error)} />
      <p className="t-small">{t('proof.how')}</p>
      <code>tael verify-receipt {file}</code>
    </section>
  );
}
