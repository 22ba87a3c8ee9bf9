import './cards.css';
import { Segmented } from '@tael/ui/segmented/Segmented';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type About, EventList } from '../features/activity/EventList';
import { Page } from '../lib/Page';

/** 安全动态: what happened to the account, and who looked at what is known about its owner. */
export function Activity() {
  const { t } = useTranslation();
  const [about, setAbout] = useState<About>('events');
  return (
    <Page title={t('me.activity')} back="/me">
      <Segmented
        label={t('me.activity')}
        value={about}
        choices={[
          ['events', t('activity.events')],
          ['access', t('activity.access')],
        ]}
        onChange={setAbout}
      />
      <EventList key={about} about={about} />
      <Link to="/me/review" className="linkrow">
        {t('activity.strange')}
      </Link>
    </Page>
  );
}
