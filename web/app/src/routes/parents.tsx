import { createRootRoute, createRoute, redirect } from '@tanstack/react-router';
import { wasSignedIn } from '../lib/session';
import { NotFound } from './not-found';
import { Root } from './root';
import { Shell } from './shell';

export const root = createRootRoute({ component: Root, notFoundComponent: NotFound });

export const visitors = createRoute({
  getParentRoute: () => root,
  id: 'visitors',
  beforeLoad: () => {
    if (wasSignedIn()) throw redirect({ to: '/' });
  },
});

export const wallet = createRoute({
  getParentRoute: () => root,
  id: 'wallet',
  component: Shell,
  beforeLoad: ({ location }) => {
    if (wasSignedIn()) return;
    if (location.pathname === '/') throw redirect({ to: '/welcome' });
    throw redirect({ to: '/sign-in', search: { next: location.href } });
  },
});
