import ts from 'typescript'; import {readFileSync,writeFileSync} from 'node:fs'; import {execSync} from 'node:child_process';
const write=process.argv[2]==='write';
const renames=JSON.parse(process.argv[3]||'{}');
const files=execSync('git ls-files "*.ts"',{encoding:'utf8'}).split('\n').filter(Boolean);
let n=0,touched=0;
for(const f of files){ const text=readFileSync(f,'utf8'); if(!/#\w/.test(text)) continue; const sf=ts.createSourceFile(f,text,ts.ScriptTarget.Latest,true); const edits=[]; let has=false;
 const visitClass=(cls)=>{ const names=new Map(); const others=new Set();
  for(const m of cls.members){ if(m.name && ts.isPrivateIdentifier(m.name)) names.set(m.name.text.slice(1),m); else if(m.name) others.add(m.name.getText()); if(ts.isConstructorDeclaration(m)) for(const p of m.parameters) if(p.modifiers?.length) others.add(p.name.getText()); }
  if(names.size===0) return;
  for(const [name,m] of names) if(others.has(name)) console.log('CONFLICT',f,cls.name?.text,name);
  if(cls.heritageClauses?.some(h=>h.token===ts.SyntaxKind.ExtendsKeyword)) console.log('EXTENDS',f,cls.name?.text,[...names.keys()].join(','));
 };
 const visit=(node)=>{ if(ts.isClassLike(node)) visitClass(node);
  if(ts.isPrivateIdentifier(node)){ has=true; n++; const name=node.text.slice(1); const to=renames[f+':'+name]??name; edits.push([node.getStart(),node.getEnd(),to]); const p=node.parent; if(p.name===node && (ts.isPropertyDeclaration(p)||ts.isMethodDeclaration(p)||ts.isAccessor(p))) edits.push([p.getStart(),p.getStart(),'private ']); if(ts.isBinaryExpression(p)) console.log('IN',f,p.getText()); }
  ts.forEachChild(node,visit); };
 visit(sf); if(!has) continue; touched++;
 if(write){ let out=text; for(const [s,e,t] of edits.sort((a,b)=>b[0]-a[0]||b[1]-a[1])) out=out.slice(0,s)+t+out.slice(e); writeFileSync(f,out); }
}
console.log(n,touched);
