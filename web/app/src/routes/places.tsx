import './cards.css';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { DeviceList } from '../features/devices/DeviceList';
import { EndOthers } from '../features/places/EndOthers';
import { PlaceList } from '../features/places/PlaceList';
import { Loaded } from '../lib/Loaded';
import { Page } from '../lib/Page';
import { placesQuery } from '../lib/queries';
import { devicesQuery } from '../lib/safety-queries';

/** Devices that were used, and where the wallet is open now. */
export function Places() {
  const { t } = useTranslation();
  const places = useQuery(placesQuery);
  const devices = useQuery(devicesQuery);
  return (
    <Page title={t('me.places')} back="/me">
      <p className="t-soft">{t('places.text')}</p>
      <Loaded query={places}>
        {({ data }) => (
          <>
            <PlaceList places={data} />
            {data.length > 1 && <EndOthers />}
          </>
        )}
      </Loaded>
      <Loaded query={devices}>{({ data }) => <DeviceList devices={data} />}</Loaded>
    </Page>
  );
}
