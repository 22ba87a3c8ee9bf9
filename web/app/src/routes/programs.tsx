import './cards.css';
import '../lib/payform.css';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ProgramList } from '../features/programs/ProgramList';
import { programsQuery } from '../features/programs/programs';
import { Loaded } from '../lib/Loaded';
import { Page } from '../lib/Page';

/** 程序访问令牌: what may act for a person without being them. */
export function Programs() {
  const { t } = useTranslation();
  const programs = useQuery(programsQuery);
  return (
    <Page title={t('me.programs')} back="/me">
      <p className="t-soft">{t('programs.text')}</p>
      <Loaded query={programs}>{({ data }) => <ProgramList programs={data} />}</Loaded>
      <Link to="/me/programs/new" className="linkbutton">
        {t('programs.new')}
      </Link>
    </Page>
  );
}
