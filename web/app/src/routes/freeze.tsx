import './cards.css';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { FreezeList, PastFreezes } from '../features/freeze/FreezeList';
import { FreezeNow } from '../features/freeze/FreezeNow';
import { Loaded } from '../lib/Loaded';
import { Page } from '../lib/Page';
import { freezesQuery } from '../lib/safety-queries';

/** 紧急冻结: the button stands there before anything is loaded. */
export function Freeze() {
  const { t } = useTranslation();
  const freezes = useQuery(freezesQuery);
  const all = freezes.data?.data ?? [];
  const isOwn = all.some(({ by, lifted_at }) => by === 'self' && !lifted_at);
  return (
    <Page title={t('me.freeze')} back="/me">
      <FreezeList freezes={all.filter(({ lifted_at }) => !lifted_at)} />
      {!isOwn && <FreezeNow />}
      <Loaded query={freezes} lines={2}>
        {({ data }) => <PastFreezes freezes={data.filter(({ lifted_at }) => lifted_at)} />}
      </Loaded>
    </Page>
  );
}
