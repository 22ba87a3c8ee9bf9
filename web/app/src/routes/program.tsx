import './cards.css';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Claim, Secret } from '../features/programs/Claim';
import { ProgramActs } from '../features/programs/ProgramActs';
import { ProgramFacts } from '../features/programs/ProgramFacts';
import { programQuery } from '../features/programs/programs';
import { Loaded } from '../lib/Loaded';
import { Page } from '../lib/Page';

const route = getRouteApi('/wallet/me/programs/$id');

/** One access token: claim it, see what it did, change or end it. */
export function Program() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const program = useQuery(programQuery(id));
  const [secret, setSecret] = useState<string | null>(null);
  const [sentTo, setSentTo] = useState<string | null>(null);
  const isOver = (state: string) => state === 'revoked' || state === 'expired';
  return (
    <Page title={program.data?.name ?? t('me.programs')} back="/me/programs">
      {secret && (
        <Secret
          secret={secret}
          onKept={() => {
            setSecret(null);
            setSentTo(null);
          }}
        />
      )}
      <Loaded query={program} lines={8}>
        {(one) => {
          const to = sentTo ?? (one.state === 'claim_sent' ? one.delivered_to : null);
          return (
            <>
              {to && !secret && !isOver(one.state) && (
                <Claim id={one.id} to={to} onSecret={setSecret} />
              )}
              <ProgramFacts program={one} />
              {!isOver(one.state) && <ProgramActs program={one} onRotated={setSentTo} />}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
