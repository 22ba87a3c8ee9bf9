import { Bones, Failed } from '@tael/ui/states/states';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useErrorText } from './problems';

type Props<T> = { query: UseQueryResult<T>; lines?: number; children: (data: T) => ReactNode };

/** What a query answers; before that its place, or why there is no answer and another try. */
export function Loaded<T>({ query, lines = 5, children }: Props<T>) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) {
    return (
      <Failed
        title={errorText(query.error)}
        retryLabel={t('common.retry')}
        onRetry={() => void query.refetch()}
      />
    );
  }
  return <Bones label={t('common.loading')} lines={lines} />;
}
