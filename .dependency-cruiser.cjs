/**
 * The direction of dependencies (docs/architecture.md): server -> dav, auth -> storage. Nothing points back up, and dav
 * and auth know only each other's front doors.
 * @type {import('dependency-cruiser').IConfiguration}
 */
module.exports = {
  forbidden: [
    {
      name: 'storage-stands-alone',
      comment: 'storage imports neither dav, auth nor server.',
      severity: 'error',
      from: { path: '^storage/' },
      to: { path: '^(dav|auth|server|test|bench)/' },
    },
    {
      name: 'dav-and-auth-know-no-server',
      severity: 'error',
      from: { path: '^(dav|auth)/' },
      to: { path: '^(server|test|bench)/' },
    },
    {
      name: 'dav-sees-only-the-front-door-of-auth',
      severity: 'error',
      from: { path: '^dav/' },
      to: { path: '^auth/', pathNot: '^auth/index\\.ts$' },
    },
    {
      name: 'auth-knows-no-dav',
      severity: 'error',
      from: { path: '^auth/' },
      to: { path: '^dav/' },
    },
    {
      name: 'drivers-stay-behind-storage',
      comment: 'Only the composition root opens a database; everything else speaks to the interfaces.',
      severity: 'error',
      from: { path: '^(dav|auth)/' },
      to: { path: '^storage/(sqlite|postgres|migrations)/' },
    },
    {
      name: 'formats-are-pure',
      comment: 'iCalendar and vCard code knows no HTTP and no storage.',
      severity: 'error',
      from: { path: '^dav/(icalendar|vcard)/' },
      to: {
        path: '^(storage/|server/|auth/|dav/(http|resources|webdav|acl|sync|caldav|carddav)/|node:http)',
      },
    },
    {
      name: 'xml-only-in-dav-xml',
      comment: 'Nothing else builds or reads XML with a parser.',
      severity: 'error',
      from: { path: '^(dav|auth|storage|server)/', pathNot: '^dav/xml/' },
      to: { path: 'node_modules/(@xmldom/xmldom|saxes)' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'shipped-code-uses-shipped-packages',
      severity: 'error',
      from: { path: '^(dav|auth|storage|server)/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg'],
        dependencyTypesNot: ['type-only'],
        pathNot: 'node_modules/@types/',
      },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
