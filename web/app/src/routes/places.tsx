import './cards.css';
import { Bones, Failed } from '@tael/ui/states/states';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { PlaceList } from '../features/places/PlaceList';
import { Page } from '../lib/Page';
import { useErrorText } from '../lib/problems';
import { placesQuery } from '../lib/queries';

export function Places() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const places = useQuery(placesQuery);
  return (
    <Page title={t('me.places')} back="/me">
      <p className="t-soft">{t('places.text')}</p>
      {places.isPending && <Bones label={t('common.loading')} />}
      {places.isError && !places.data && (
        <Failed
          title={errorText(places.error)}
          retryLabel={t('common.retry')}
          onRetry={() => void places.refetch()}
        />
      )}
      {places.data && <PlaceList places={places.data.data} />}
    </Page>
  );
}
