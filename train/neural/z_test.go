package neural
import ("testing";"os";"fmt"; "github.com/modelbuild/modelbuild/internal/sampledata")
func TestZ(t *testing.T){
		train, test := sampledata.Split(sampledata.Load(t, "digits"))
		train, test = sampledata.Standard(train, test)
		f,_:=os.Create("/tmp/d/py/dg.csv")
		for k,s:=range []interface{}{train,test} { _ = s; ss:=train; if k==1 {ss=test}
		for i:=range ss.Rows() { for _,v:=range ss.Dense.Row(i) {fmt.Fprintf(f,"%v,",v)}; fmt.Fprintf(f,"%d,%d\n",ss.Class[i],k)}}
		f.Close()
}
