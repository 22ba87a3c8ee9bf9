import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router';
import { type PayLink, payLinkOf } from '../lib/paylink';
import { wasSignedIn } from '../lib/session';
import { Broken } from './broken';
import { NotFound } from './not-found';
import { Root } from './root';
import { Shell } from './shell';

const root = createRootRoute({ component: Root, notFoundComponent: NotFound });

const visitors = createRoute({
  getParentRoute: () => root,
  id: 'visitors',
  beforeLoad: () => {
    if (wasSignedIn()) throw redirect({ to: '/' });
  },
});

const wallet = createRoute({
  getParentRoute: () => root,
  id: 'wallet',
  component: Shell,
  beforeLoad: ({ location }) => {
    if (wasSignedIn()) return;
    if (location.pathname === '/') throw redirect({ to: '/welcome' });
    throw redirect({ to: '/sign-in', search: { next: location.href } });
  },
});

const welcome = createRoute({
  getParentRoute: () => root,
  path: '/welcome',
  component: lazyRouteComponent(() => import('./welcome'), 'Welcome'),
});

const signUp = createRoute({
  getParentRoute: () => root,
  path: '/sign-up',
  component: lazyRouteComponent(() => import('./sign-up'), 'SignUp'),
});

const signIn = createRoute({
  getParentRoute: () => visitors,
  path: '/sign-in',
  // Only a place inside this app: a full address could lead elsewhere.
  validateSearch: ({ next, locked }): { next?: string; locked?: boolean } => ({
    ...(typeof next === 'string' && /^\/(?![/\\])/.test(next) ? { next } : {}),
    ...(locked === true ? { locked } : {}),
  }),
  component: lazyRouteComponent(() => import('./sign-in'), 'SignIn'),
});

const home = createRoute({
  getParentRoute: () => wallet,
  path: '/',
  component: lazyRouteComponent(() => import('./home'), 'Home'),
});

const topUp = createRoute({
  getParentRoute: () => wallet,
  path: '/top-up',
  component: lazyRouteComponent(() => import('./top-up'), 'TopUp'),
});

const scan = createRoute({
  getParentRoute: () => wallet,
  path: '/scan',
  component: lazyRouteComponent(() => import('./scan'), 'Scan'),
});

const receive = createRoute({
  getParentRoute: () => wallet,
  path: '/receive',
  component: lazyRouteComponent(() => import('./receive'), 'Receive'),
});

const spending = createRoute({
  getParentRoute: () => wallet,
  path: '/spending',
  component: lazyRouteComponent(() => import('./spending'), 'Spending'),
});

const transfer = createRoute({
  getParentRoute: () => wallet,
  path: '/transfer',
  validateSearch: (search): Partial<PayLink> => payLinkOf(search),
  component: lazyRouteComponent(() => import('./transfer'), 'Transfer'),
});

const records = createRoute({
  getParentRoute: () => wallet,
  path: '/records',
  component: lazyRouteComponent(() => import('./records'), 'Records'),
});

const newest = createRoute({
  getParentRoute: () => records,
  path: '/',
  component: lazyRouteComponent(() => import('./record'), 'NewestRecord'),
});

const record = createRoute({
  getParentRoute: () => records,
  path: '$id',
  component: lazyRouteComponent(() => import('./record'), 'Record'),
});

const inbox = createRoute({
  getParentRoute: () => wallet,
  path: '/inbox',
  component: lazyRouteComponent(() => import('./inbox'), 'Inbox'),
});

const me = createRoute({
  getParentRoute: () => wallet,
  path: '/me',
  component: lazyRouteComponent(() => import('./me'), 'Me'),
});

const token = createRoute({
  getParentRoute: () => wallet,
  path: '/me/token',
  component: lazyRouteComponent(() => import('./token'), 'Token'),
});

const places = createRoute({
  getParentRoute: () => wallet,
  path: '/me/places',
  component: lazyRouteComponent(() => import('./places'), 'Places'),
});

const profile = createRoute({
  getParentRoute: () => wallet,
  path: '/me/profile',
  component: lazyRouteComponent(() => import('./profile'), 'Profile'),
});

const settings = createRoute({
  getParentRoute: () => wallet,
  path: '/me/settings',
  component: lazyRouteComponent(() => import('./settings'), 'Settings'),
});

const tree = root.addChildren([
  welcome,
  signUp,
  visitors.addChildren([signIn]),
  wallet.addChildren([
    home,
    topUp,
    scan,
    receive,
    spending,
    transfer,
    records.addChildren([newest, record]),
    inbox,
    me,
    token,
    places,
    profile,
    settings,
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  defaultPreload: 'intent',
  defaultErrorComponent: Broken,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
