import {
  getV1ExportsById,
  postV1Exports,
  postV1ExportsByIdDownload,
} from '@tael/api/generated/sdk.gen';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { proven } from '../../lib/proof/step-up';
import { save } from '../../lib/save';

/** Between two looks at whether the copy is ready, in milliseconds. */
const LOOK = 1_500;

/** Everything that is known about oneself, as a file; can be fetched once. */
export function Export() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [id, setId] = useState<string | null>(null);
  const begin = useMutation({
    mutationFn: () => proven(() => ask(postV1Exports())),
    onSuccess: (made) => setId(made.id),
  });
  const made = useQuery({
    queryKey: ['export', id],
    queryFn: () => ask(getV1ExportsById({ path: { id: id ?? '' } })),
    enabled: id !== null,
    refetchInterval: ({ state }) => (state.data?.state === 'preparing' ? LOOK : false),
  });
  const fetching = useMutation({
    mutationFn: async () => {
      const path = { id: id ?? '' };
      const file: unknown = await ask(postV1ExportsByIdDownload({ path, parseAs: 'blob' }));
      save(`tael-${path.id}.${fileEnding(file)}`, file as Blob);
    },
    onSuccess: () => setId(null),
  });
  const isReady = made.data?.state === 'ready';
  const error = begin.error ?? made.error ?? fetching.error;
  return (
    <section className="t-card card__form" aria-labelledby="export">
      <h2 id="export" className="card__heading">
        {t('export.title')}
      </h2>
      <p className="t-soft">{t('export.text')}</p>
      <FormError text={error && errorText(error)} />
      {isReady ? (
        <Button
          block
          color="primary"
          loading={fetching.isPending}
          onClick={() => fetching.mutate()}
        >
          {t('export.download')}
        </Button>
      ) : (
        <Button
          block
          color="primary"
          fill="outline"
          loading={begin.isPending || id !== null}
          onClick={() => begin.mutate()}
        >
          {t('export.begin')}
        </Button>
      )}
    </section>
  );
}

const fileEnding = (file: unknown) =>
  file instanceof Blob && file.type.includes('zip') ? 'zip' : 'json';
